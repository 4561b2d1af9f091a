"""Old files: the kernel frees their blocks in a thread, and not in the event loop.

When the last name of a file goes, the kernel frees its blocks, unless the file is still open. On ext4 this takes some
25 ms for 100 MB, and all clients would wait. So a large file is held open, and a thread closes it.
"""

import contextlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

LARGE_FILE = 16 << 20  # bytes; freeing a smaller file takes less time than a thread costs
HOLD_FLAGS = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | getattr(os, "O_NOFOLLOW", 0) | os.O_CLOEXEC


class OldFiles:
    """The old files of one server that are still to be freed."""

    def __init__(self) -> None:
        self.executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readiness-ftp-old-files")

    @contextlib.contextmanager
    def freed_later(self, directory: int, name: str) -> Iterator[None]:
        """Context manager: if the `with` block deletes or replaces the file `name`, a thread frees its blocks.

        `directory` is the descriptor of the directory that contains the file.
        """
        file = -1
        with contextlib.suppress(OSError):  # there is no such file, or no descriptor: then the kernel frees it at once
            if os.stat(name, dir_fd=directory, follow_symlinks=False).st_size >= LARGE_FILE:
                file = os.open(name, HOLD_FLAGS, dir_fd=directory)
        try:
            yield
        finally:
            if file >= 0:
                self.executor.submit(os.close, file)

    def close(self) -> None:
        """Wait until all old files are freed, and end the thread."""
        self.executor.shutdown()
