"""In a real kernel, by the messages that a browser sends: no exception of a learner's server ends the kernel."""

import ast
import asyncio
import contextlib
import os
import signal

import pytest
from jupyter_client.manager import start_new_kernel
from jupyter_client.utils import run_sync

from readiness.base.background import wait_until

PANEL = """
import asyncio
from readiness import widgets
from readiness.base.background import wait_until
from readiness.servers.echo.selectors_server import EchoServer

class Ending(EchoServer):
    def on_ready(self, connection, mask, now):
        {statement}

panel = widgets.EchoPanel(Ending, active=0)
box = panel._controls.idle._box
send = panel.client_rows[0].widget.children[2]
print([box.model_id, send.model_id, panel.swarm.pid])
"""
STATE = "print([panel.background.running, panel.alert_text, panel.swarm.pid])"


class Kernel:
    """A kernel, and the messages to it."""

    def __init__(self):
        self.manager, self.client = start_new_kernel(kernel_name="python3")

    def run(self, cell):
        """Run a cell, and return the list that it prints."""
        texts, errors = [], []

        def on_output(message):
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                texts.append(message["content"]["text"])
            elif message["msg_type"] == "error":
                errors.append(message["content"]["evalue"])

        self.client.execute_interactive(cell, timeout=60, output_hook=on_output)
        assert not errors
        return ast.literal_eval("".join(texts))

    def message(self, model_id, **data):
        """Send a message to a widget, as a browser does, and wait until the kernel has handled it."""
        sent = self.client.session.msg("comm_msg", {"comm_id": model_id, "data": data})
        self.client.shell_channel.send(sent)
        while True:
            message = self.client.get_iopub_msg(timeout=30)
            if message["parent_header"].get("msg_id") == sent["header"]["msg_id"]:
                assert message["msg_type"] != "error", message["content"]
                if message["content"] == {"execution_state": "idle"}:
                    return

    def move_slider(self, number):
        self.message(self.box, method="update", state={"value": str(number)}, buffer_paths=[])


async def running_loop():
    return asyncio.get_running_loop()


@contextlib.contextmanager
def started():
    running = Kernel()
    try:
        yield running
    finally:
        running.client.stop_channels()
        running.manager.shutdown_kernel(now=True)
        running.manager.cleanup_resources()
        run_sync(running_loop)().close()  # jupyter_client keeps one open


@contextlib.contextmanager
def kernel(statement):
    with started() as running:
        running.box, running.send, running.swarm_pid = running.run(PANEL.format(statement=statement))
        yield running


@pytest.mark.parametrize("end", ["SystemExit(1)", "KeyboardInterrupt", "asyncio.CancelledError", "ZeroDivisionError"])
def test_a_server_that_ends_by_any_exception_is_shown_and_the_next_move_starts_it_again(end):
    with kernel(f"raise {end}") as running:
        running.message(running.send, method="custom", content={"event": "click"})
        assert running.run("print([wait_until(lambda: panel.alert_text, 10)])") == [True]
        is_running, alert, _pid = running.run(STATE)
        assert not is_running
        assert end.partition("(")[0].rpartition(".")[2] in alert
        running.move_slider(20)
        assert running.manager.is_alive()
        assert running.run("print([wait_until(lambda: not panel.alert_text, 10)])") == [True]
        assert running.run(STATE)[:2] == [True, ""]


@pytest.mark.skipif(os.name != "posix", reason="ends the process by signal")
def test_a_killed_swarm_is_named_and_the_next_move_starts_another():
    with kernel("super().on_ready(connection, mask, now)") as running:
        os.kill(running.swarm_pid, signal.SIGKILL)
        assert wait_until(lambda: "by the signal SIGKILL" in running.run(STATE)[1], 10)
        running.move_slider(20)
        assert running.run("print([panel.set_load()])") == [True]
        is_running, alert, pid = running.run(STATE)
        assert is_running
        assert "SIGKILL" not in alert
        assert pid != running.swarm_pid
