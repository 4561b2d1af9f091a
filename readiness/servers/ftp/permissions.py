"""The fact `perm` of MLSD and MLST: what the user can do with a file or directory (RFC 3659 section 7.5.5)."""

import os
import stat

from readiness.servers.ftp.jail import may_access

CHANGE = os.W_OK | os.X_OK  # what a directory must allow if names in it are made, renamed or deleted


class Permissions:
    """The permissions of the files and directories in one directory, for one user.

    The user of the server process must have the permission, and the FTP user must be allowed to write.

    Args:
        directory: the descriptor of the directory.
        may_write: True if the FTP user may change files.
    """

    def __init__(self, directory: int, may_write: bool) -> None:
        self.directory, self.may_write = directory, may_write
        self.may_change = may_write and may_access(directory, ".", CHANGE)
        info = os.fstat(directory)
        # unlink(2): in a sticky directory, such as /tmp, a user deletes only the user's own files.
        self.foreign_files_stay = bool(info.st_mode & stat.S_ISVTX) and os.geteuid() not in (0, info.st_uid)

    def letters(self, name: str, info: os.stat_result) -> str:
        """Return the fact `perm` of `name`, such as `radfw`. `info` is its `os.stat_result`.

        The letters are those of RFC 3659: r read, a append, w replace, d delete, f rename; for a directory also
        e enter, l list, c create files, m make directories, p delete the files in it.
        """
        removable = self.may_change and (not self.foreign_files_stay or info.st_uid == os.geteuid())
        if stat.S_ISDIR(info.st_mode):
            return self._letters_of_directory(name, removable)
        if removable and not self._may(name, os.F_OK):
            return "adfw"  # a broken upload of a new file: RETR finds no file
        readable, writable = self._may(name, os.R_OK), removable and self._may(name, os.W_OK)
        return "r" * readable + "a" * (readable and writable) + "df" * removable + "w" * writable

    def _letters_of_directory(self, name: str, removable: bool) -> str:
        enterable = self._may(name, os.X_OK)
        listable = enterable and self._may(name, os.R_OK)
        changeable = self.may_write and self._may(name, CHANGE)
        removable = removable and name != "."
        return "e" * enterable + "l" * listable + "c" * changeable + "df" * removable + "mp" * changeable

    def _may(self, name: str, mode: int) -> bool:
        return may_access(self.directory, name, mode)
