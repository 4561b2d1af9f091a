"""Random walks of two users through uploads, breaks and restarts: the server does what the model says."""

import contextlib
import resource
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from readiness.servers.ftp import data, partials
from tests.servers.ftp.ftp_driver import USERS, Driver
from tests.servers.ftp.upload_model import UploadModel

NAMES = ("f", "g")
users, names = st.sampled_from(USERS), st.sampled_from(NAMES)
contents = st.binary(min_size=1, max_size=6)
offsets = st.one_of(st.none(), st.just(0), st.just("size"), st.integers(1, 8))


class UploadWalk(RuleBasedStateMachine):
    """One server, one client of each user, and the model."""

    @initialize(files=st.dictionaries(names, st.binary(max_size=8)))
    def begin(self, files):
        self.root = Path(tempfile.mkdtemp())
        for name, content in files.items():
            (self.root / name).write_bytes(content)
        self.model = UploadModel()
        self.model.files.update(files)
        self.driver = Driver(self.root)
        self.clients = {}

    def client(self, user):
        if user not in self.clients:
            self.clients[user] = self.driver.login(user)
        return self.clients[user]

    def kill(self, user):
        """The client's kernel closes both connections."""
        client = self.clients.pop(user)
        self.model.disconnect(user)
        client.close()
        self.driver.clients.remove(client)
        count = len(self.clients)
        self.driver.turn_until(lambda: len(self.driver.server.sessions) == count)

    def start_upload(self, user, name, offset, connect=True):
        """Send the commands of an upload. Return the client and the bytes that are kept; None for them if refused."""
        client = self.client(user)
        if offset == "size":
            code, text = client.command(f"SIZE {name}")
            self.model.tell(user, name)
            seen = self.model.seen(user, name)
            assert (code, text) == (213, f"213 {len(seen)}") if seen is not None else code == 550
            offset = int(text.split()[1]) if code == 213 else 0
        kept = self.model.kept(user, name, offset)
        if connect:
            client.connect()
        else:
            client.command("EPSV")
        if offset:
            assert client.command(f"REST {offset}")[0] == 350
        code, _text = client.command(f"{'STOR' if offset is not None else 'APPE'} {name}")
        assert code == (554 if kept is None else 150)
        if kept is None:
            client.close_data()
        return client, kept, offset

    @rule(user=users, name=names, offset=offsets, content=st.binary(max_size=6))
    def upload(self, user, name, offset, content):
        client, kept, _offset = self.start_upload(user, name, offset)
        if kept is not None:
            if content:
                client.send_data(content)
            client.close_data()
            assert client.reply()[0] == 226
            self.model.complete(user, name, kept + content)

    @rule(user=users, name=names, offset=offsets, content=contents, reset=st.booleans())
    def break_off(self, user, name, offset, content, reset):
        client, kept, _offset = self.start_upload(user, name, offset)
        if kept is not None:
            client.send_data(content)
            if reset:
                client.close_data(reset=True)
                assert client.reply()[0] == 426
            else:
                client.send("ABOR")
                assert [client.reply()[0], client.reply()[0]] == [426, 226]
                client.close_data()
            self.model.break_off(user, name, kept + content)

    @rule(user=users, name=names, offset=offsets, connect=st.booleans())
    def give_up_before_the_first_byte(self, user, name, offset, connect):
        client, kept, _offset = self.start_upload(user, name, offset, connect)
        if kept is not None:
            client.send("ABOR")
            assert [client.reply()[0], client.reply()[0]] == [426, 226]
            client.close_data()
            if connect:
                self.model.break_off_without_data(user, name, kept)

    @rule(user=users, name=names, offset=offsets, content=contents)
    def die_in_the_middle(self, user, name, offset, content):
        client, kept, _offset = self.start_upload(user, name, offset)
        if kept is not None:
            client.send_data(content)
            self.kill(user)
            self.model.break_off(user, name, kept + content)

    @rule(user=users, name=names, offset=offsets, content=contents)
    def die_with_data_on_the_way(self, user, name, offset, content):
        """The server has read some of it, or nothing. It never changes the file."""
        client, kept, _offset = self.start_upload(user, name, offset)
        if kept is None:
            return
        client.data.sendall(content)
        self.kill(user)
        path = self.root / partials.partial_name(user, name)
        left = path.read_bytes() if path.exists() else None
        before = self.model.partials.pop((user, name), None)
        assert left in (before, None) or (kept + content).startswith(left)
        if left is not None:
            self.model.break_off(user, name, left)

    @rule(user=users, name=names, offset=offsets, content=st.binary(min_size=4, max_size=6))
    def fill_the_disk(self, user, name, offset, content):
        client, kept, _offset = self.start_upload(user, name, offset)
        if kept is None:
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(kept) + 2, hard))  # EFBIG: as a full disk, ENOSPC
        try:
            client.data.sendall(content)
            assert client.reply()[0] == 552
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            client.close_data()
        self.model.run_out_of_space(user, name, kept)

    @rule(user=users, name=names, content=contents)
    def use_a_file_that_is_being_written(self, user, name, content):
        client, kept, _offset = self.start_upload(user, name, 0)
        other = self.client("bob" if user == "ada" else "ada")
        client.send_data(content)
        for command in (f"STOR {name}", f"APPE {name}", f"DELE {name}"):
            assert other.command(command)[0] == 450
        client.close_data()
        assert client.reply()[0] == 226
        self.model.complete(user, name, kept + content)

    @rule(user=users, name=names)
    def ask_for_the_size(self, user, name):
        seen = self.model.seen(user, name)
        expected = (550, "") if seen is None else (213, f"213 {len(seen)}")
        code, text = self.client(user).command(f"SIZE {name}")
        assert (code, text if code == 213 else "") == expected
        self.model.tell(user, name)

    @rule(user=users, name=names)
    def delete(self, user, name):
        assert self.client(user).command(f"DELE {name}")[0] == self.model.delete(user, name)

    @rule(user=users, old=names, new=names)
    def rename(self, user, old, new):
        client, expected = self.client(user), self.model.rename(user, old, new)
        code = client.command(f"RNFR {old}")[0]
        assert code == (350 if expected == 250 else 550)
        if code == 350:
            assert client.command(f"RNTO {new}")[0] == expected

    @rule(user=users, name=names)
    def retrieve(self, user, name):
        expected = (226, self.model.files[name]) if name in self.model.files else (550, b"")
        assert self.client(user).fetch(f"RETR {name}") == expected

    @rule(user=users)
    def list(self, user):
        code, lines = self.client(user).fetch("MLSD")
        sizes = {line.split()[1]: line.split("size=")[1].split(";")[0] for line in lines.decode().splitlines()}
        assert code == 226
        assert {name: int(size) for name, size in sizes.items()} == self.model.listed(user)

    @rule()
    def restart(self):
        self.driver.restart()
        for user in list(self.clients):
            self.model.disconnect(user)
        self.clients.clear()

    @rule(user=users, name=names, content=contents)
    def restart_in_the_middle(self, user, name, content):
        client, kept, _offset = self.start_upload(user, name, None)
        if kept is None:
            return
        client.send_data(content)
        self.restart()
        self.model.break_off(user, name, kept + content)

    def teardown(self):
        if not hasattr(self, "driver"):
            return
        try:
            on_disk = {path.name: path.read_bytes() for path in self.root.iterdir()}
            expected = {partials.partial_name(*key): content for key, content in self.model.partials.items()}
            assert on_disk == self.model.files | expected
            assert not self.driver.server.uploads_in_progress
        finally:
            self.driver.close()
            shutil.rmtree(self.root)


def walk(count, machine=UploadWalk, **options):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=count,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            **options,
        ),
    )


@pytest.fixture(autouse=True)
def no_delay(monkeypatch):
    """A client that is killed here closes both connections before the server looks."""
    monkeypatch.setattr(data, "COMMIT_DELAY", 0)
    monkeypatch.setattr(data, "MAX_COMMIT_DELAY", 0)


def test_200_walks():
    walk(200)


@pytest.mark.thorough
def test_10_000_walks():
    walk(10_000)


class LosesThePartial(UploadWalk):
    """The server's SIZE speaks of the old file."""

    def client(self, user):
        client = super().client(user)
        client.session.uploads.stat = client.session.jail.stat
        return client


def test_a_server_whose_size_is_the_old_files_is_caught():
    with pytest.raises(AssertionError), contextlib.redirect_stdout(None):
        walk(200, LosesThePartial, report_multiple_bugs=False, phases=[Phase.generate])
