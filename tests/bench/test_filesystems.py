"""The folders of the FTP bench: one on a disk, one in memory, and a sentence for each that is missing."""

import pytest

from bench import filesystems
from bench.filesystems import find_folders


@pytest.fixture
def kinds(monkeypatch, tmp_path):
    """A function that makes a folder for each given type of file system."""

    def make(*names: str):
        folders = [tmp_path / f"{number}-{name}" for number, name in enumerate(names)]
        for folder in folders:
            folder.mkdir()
        monkeypatch.setattr(filesystems, "filesystem_type", lambda path: path.name.partition("-")[2])
        return folders

    return make


def test_the_first_folder_of_each_sort_is_taken(kinds):
    folders = kinds("tmpfs", "ext4", "xfs", "tmpfs")
    found, missing = find_folders(1, folders)
    assert [(folder.label, folder.path, folder.kind) for folder in found] == [
        ("disk", folders[1], "ext4"),
        ("tmpfs", folders[0], "tmpfs"),
    ]
    assert missing == []


@pytest.mark.parametrize(("name", "where"), [("tmpfs", "on a disk"), ("ext4", "in memory")])
def test_a_missing_folder_is_named(kinds, name, where):
    found, missing = find_folders(1 << 20, kinds(name))
    assert len(found) == 1
    assert len(missing) == 1
    assert missing[0].startswith(f"Missing: a folder {where}")
    assert "1 MiB free" in missing[0]


def test_a_folder_without_room_or_that_is_not_there_is_not_taken(kinds, tmp_path):
    found, missing = find_folders(1 << 60, kinds("ext4", "tmpfs"))
    assert found == []
    assert len(missing) == 2
    assert find_folders(1, [tmp_path / "nothing"])[0] == []


def test_the_type_is_that_of_the_innermost_mount(monkeypatch, tmp_path):
    mounts, spaced = tmp_path / "mounts", tmp_path / "a b"
    spaced.mkdir()
    name = str(spaced.resolve()).replace(" ", r"\040")
    mounts.write_text(f"/dev/x {name} ext4 rw 0 0\nrootfs / rootfs rw 0 0\n/dev/y {name}x zfs rw 0 0\n")
    monkeypatch.setattr(filesystems, "MOUNTS", mounts)
    assert filesystems.filesystem_type(spaced) == "ext4"
    assert filesystems.filesystem_type(tmp_path) == "rootfs"
    monkeypatch.setattr(filesystems, "MOUNTS", tmp_path / "none")
    assert filesystems.filesystem_type(spaced) == ""
