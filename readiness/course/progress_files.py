"""The files of the learner's progress: a folder with a file for each lab, and one for the episodes.

Each file is JSON. Several kernels may write at the same time, and no note is lost. A file that this module can't read
is never overwritten. What can't be saved is kept in this process.
"""

import contextlib
import copy
import errno
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from readiness.base.file_lock import file_lock
from readiness.base.messages import _

Progress = dict[str, Any]
"""The notes by the number of a lab. `EPISODES` is a key, too: see `progress_store.load_progress`."""

EPISODES = "episodes"
"""The key of the episodes that were run to their end. All other keys are numbers of labs."""

OLD_NUMBERS = {"12a": "12-1", "12b": "12-3", "12c": "12-2", "12d": "12-4", "12e": "12-5"}
"""The numbers that labs had before version 0.2, and their numbers now. An old file may have the old ones."""

TAKEN_OVER = "taken-over.txt"
"""The file with the paths of the old files whose notes are in the folder."""

LOCK_TIMEOUT = 5.0
"""Seconds to wait for another kernel that writes. One note takes a few milliseconds."""


SHORTAGE = (errno.EMFILE, errno.ENFILE)
"""Errors of a process, or a machine, that has no descriptor left. They say nothing about a file."""


class NotProgressError(ValueError):
    """A file has the name of a progress file, and something else in it."""


class ProgressFiles:
    """The progress of one learner, in the files of one folder.

    Attributes:
        folder: the folder, which is made when there is something to save. None keeps the notes in this process.
        old_file: a file with all notes, as they were kept before version 0.2, or None. It is read once, and stays.
    """

    def __init__(self, folder: Path | None, old_file: Path | None) -> None:
        self.folder, self.old_file = folder, old_file
        self._saved: Progress = {}  # as it was read last
        self._unsaved: Progress = {}
        self._said: set[str] = set()

    def load(self) -> Progress:
        """Return all notes that can be read. This method writes nothing."""
        if self.folder is None:
            return copy.deepcopy(self._unsaved)
        with contextlib.suppress(OSError):  # no descriptor is left: the notes are those that were read before
            self._saved = self._read_all(self.folder)
        return merged(self._saved, self._unsaved)

    def _read_all(self, folder: Path) -> Progress:
        notes = self._old_notes()
        if not folder.is_dir():
            return notes
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):  # on Windows a file that is being read can't be replaced
                stack.enter_context(self._locked())
            for path in sorted(folder / name for name in os.listdir(folder) if name.endswith(".json")):
                with contextlib.suppress(OSError, NotProgressError):
                    notes = merged(notes, {key: entry for key, entry in read(path).items() if key == path.stem})
        return notes

    def add(self, notes: Progress) -> None:
        """Save notes. They replace the notes on the same checks. If that fails, say so once and keep them here."""
        self._unsaved = merged(self._unsaved, notes)
        if self.folder is None:
            return
        try:
            with self._locked():
                self._take_over()
                for key in list(self._unsaved):
                    self._save(key, self._unsaved[key])
                    self._saved = merged(self._saved, {key: self._unsaved.pop(key)})
        except OSError as error:
            if error.errno in SHORTAGE:  # the check itself says so; the next note is saved with this one
                return
            text = _(
                "Your progress is not saved, because the folder {folder} can't be written ({error}). To save it, set "
                "READINESS_PROGRESS to a folder of your own before you start Jupyter."
            )
            self._say(text.format(folder=self.folder, error=error.strerror or error))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Make the folder, and let no other kernel write to it while the body runs."""
        assert self.folder is not None
        if not self.folder.is_absolute():  # no home folder is known: "~" has not been replaced
            raise FileNotFoundError(None, _("it has no full path"))
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file_lock(self.folder / ".lock", LOCK_TIMEOUT):
            yield

    def _taken(self) -> list[str]:
        """Return the paths of the old files whose notes are in the folder."""
        assert self.folder is not None
        path = self.folder / TAKEN_OVER
        return os.fsdecode(path.read_bytes()).splitlines() if path.exists() else []

    def _old_notes(self) -> Progress:
        """Return the notes of the old file. There are none if it was taken over, or is another user's."""
        old = self.old_file
        try:
            return read(old) if old and _is_own_file(old) and str(old) not in self._taken() else {}
        except OSError:
            return {}
        except NotProgressError:
            self._say(_("{file} is not a file with your progress, so it is left as it is.").format(file=old))
            return {}

    def _take_over(self) -> None:
        """Save the notes of the old file, once."""
        assert self.folder is not None
        if notes := self._old_notes():
            for key, entry in notes.items():
                self._save(key, entry, newer=False)
            self._write(self.folder / TAKEN_OVER, "".join(f"{path}\n" for path in [*self._taken(), str(self.old_file)]))

    def _save(self, key: str, entry: Any, newer: bool = True) -> None:
        """Add an entry to its file. If `newer` is false, the notes that the file has already count."""
        assert self.folder is not None
        path = self.folder / f"{key}.json"
        try:
            saved = read(path)
        except FileNotFoundError:
            saved = {}
        except NotProgressError:
            saved = {}
            kept = _free_name(path)
            os.rename(path, kept)
            text = _("{file} was not a file with your progress. It is kept as {kept}, and a new one is begun.")
            self._say(text.format(file=path, kept=kept.name))
        notes = merged(saved, {key: entry}) if newer else merged({key: entry}, saved)
        self._write(path, json.dumps(notes, indent=1) + "\n")

    def _write(self, path: Path, text: str) -> None:
        """Replace a file in one step, so that a kernel that is killed leaves no half of it."""
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".new", delete=False) as new:
            try:
                new.write(os.fsencode(text))
                new.close()
                os.replace(new.name, path)
            except BaseException:
                new.close()
                with contextlib.suppress(OSError):
                    os.unlink(new.name)
                raise

    def _say(self, sentence: str) -> None:
        """Print a sentence, once in this process."""
        if sentence not in self._said:
            self._said.add(sentence)
            print(sentence.encode("utf-8", "replace").decode())  # a path may have bytes that are no UTF-8


def read(path: Path) -> Progress:
    """Read the notes of a file, with the numbers that the labs have now.

    Raises:
        OSError: The file can't be read.
        NotProgressError: It has something else in it.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotProgressError(str(error)) from None
    if not isinstance(found, dict) or not all(_is_entry(*item) for item in found.items()):
        raise NotProgressError(str(path))
    notes: Progress = {}
    for key, entry in found.items():
        notes = merged(notes, {str(OLD_NUMBERS.get(key, key)): entry})
    return notes


def _is_entry(key: str, entry: Any) -> bool:
    if key == EPISODES:
        return isinstance(entry, list) and all(isinstance(number, str) for number in entry)
    if not isinstance(entry, dict) or type(entry.get("of")) is not int or not isinstance(entry.get("checks"), dict):
        return False
    return all(isinstance(passed, bool) for passed in entry["checks"].values())


def merged(older: Progress, newer: Progress) -> Progress:
    """Return the notes of both. On a check of which both have a note, that of `newer` counts."""
    notes = copy.deepcopy(older)
    for key, entry in newer.items():
        if key == EPISODES:
            notes[key] = sorted({*notes.get(key, []), *entry})
        else:
            checks = notes.get(key, {}).get("checks", {}) | entry["checks"]
            texts = {**_texts(notes.get(key, {})), **_texts(entry)}
            notes[key] = notes.get(key, {}) | entry | {"checks": checks} | ({"texts": texts} if texts else {})
    return notes


def _texts(entry: Progress) -> dict[str, str]:
    texts = entry.get("texts")
    return texts if isinstance(texts, dict) else {}


def _is_own_file(path: Path) -> bool:
    """Return whether there is such a file, and this user wrote it. A course may be shared by several users."""
    try:
        return path.is_file() and (not hasattr(os, "getuid") or path.stat().st_uid == os.getuid())
    except OSError:
        return False


def _free_name(path: Path) -> Path:
    number = 1
    while (other := path.with_name(f"{path.stem}-kept-{number}.txt")).exists():
        number += 1
    return other
