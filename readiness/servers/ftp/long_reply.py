"""A reply that is too long for one iteration of the loop, such as STAT of a large directory.

It is a command in progress: the next command waits for its end.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

from readiness.servers.ftp.control import HIGH_WATER
from readiness.servers.ftp.protocol import command_error, verb_of

if TYPE_CHECKING:
    from readiness.servers.ftp.session import Session
    from readiness.servers.timers import Timer

Chunks = Generator[bytes, None, None]


class LongReply:
    """The long reply of a session, while there is one.

    One iteration of the loop moves at most one chunk to the write buffer, and only if there is room: back-pressure for
    a client that does not read.

    Args:
        session: the session that sends the reply.

    Attributes:
        chunks: the generator of the bytes that follow, or None if there is no long reply.
    """

    def __init__(self, session: "Session") -> None:
        self.session, self.timers = session, session.server.timers
        self.chunks: Chunks | None = None
        self.code = 0
        self.timer: Timer | None = None

    def begin(self, code: int, chunks: Chunks) -> None:
        """Begin a long reply. `end` appends its last line.

        Args:
            code: the code of the reply.
            chunks: a generator of whole lines, as bytes. Its first line is `code-text`, each other line begins with a
                space. It is closed if the reply ends early.
        """
        self.code, self.chunks = code, chunks
        self.session.control.write_buffer += next(chunks)

    def schedule(self) -> None:
        """Call `step` in the next iteration of the loop if there is a long reply, and room in the write buffer.

        `ControlConnection.flush` calls this method. So the reply goes on after the client has read a part of it.
        """
        if self.chunks is not None and len(self.session.control.write_buffer) < HIGH_WATER:
            self.timers.cancel(self.timer)
            self.timer = self.timers.call_later(0, self.step)

    def step(self) -> None:
        """Append the next chunk to the write buffer, or end the reply after the last chunk. Then send."""
        self.check_interrupt()
        if self.chunks is not None:
            try:
                chunk = next(self.chunks, None)
            except OSError as error:
                self.end(f"Not all: {command_error(error).text}")
            else:
                if chunk is None:
                    self.end("End.")
                else:
                    self.session.control.write_buffer += chunk
        self.session.process_pending()

    def check_interrupt(self) -> None:
        """End the reply if the client has sent ABOR.

        After the end of the client's input, the reply goes on: the client may still read. If it has gone, the next send
        fails, and the session ends.
        """
        pending = self.session.control.pending_commands
        if self.chunks is not None and any(verb_of(line) == b"ABOR" for line in pending):
            self.end("Not all: aborted.")

    def end(self, text: str) -> None:
        """Append the last line of the reply, with the text `text`."""
        self.close()
        self.session.reply(self.code, text)

    def close(self) -> None:
        """Close the generator, and stop the timer. The reply has no last line then."""
        self.timers.cancel(self.timer)
        if self.chunks is not None:
            self.chunks.close()
            self.chunks = None
