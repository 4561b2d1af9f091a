"""What a page asks of a Jupyter server: its REST API, and the cells of a notebook run in a kernel of the server."""

import json
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError

import websocket

REQUEST_TIMEOUT = 120  # seconds for one request or one message, on a busy machine


@dataclass(frozen=True)
class Api:
    """A Jupyter server, or a Hub.

    Attributes:
        base: its address, such as "http://127.0.0.1:8888/".
        token: what lets the requests in.
    """

    base: str
    token: str

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Send a request; return the JSON of its answer, or None. An answer of 400 or more is an error."""
        return json.loads(self.text(path, method, body) or "null")

    def text(self, path: str, method: str = "GET", body: Any = None) -> str:
        """As `ask`, for an answer that is no JSON."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=REQUEST_TIMEOUT) as response:
            return response.read().decode()

    def wait(self, path: str, timeout: float) -> Any:
        """Ask until there is an answer: a server prints its address before it listens."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.ask(path)
            except URLError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)  # between two questions, up to the deadline

    def save(self, path: str, content: dict[str, Any]) -> None:
        """Save a notebook as JupyterLab does."""
        self.ask(f"api/contents/{path}", "PUT", {"type": "notebook", "format": "json", "content": content})

    def start_kernel(self, path: str) -> dict[str, Any]:
        """Start a kernel for the notebook, as JupyterLab does; return its session."""
        model = {"path": path, "name": path.rpartition("/")[2], "type": "notebook", "kernel": {"name": "python3"}}
        return self.ask("api/sessions", "POST", model)

    @contextmanager
    def kernel(self, path: str) -> Iterator["Channels"]:
        """A kernel for the notebook, which is shut down at the end."""
        session = self.start_kernel(path)
        address = f"ws{self.base.removeprefix('http')}api/kernels/{session['kernel']['id']}/channels"
        header = [f"Authorization: token {self.token}"]
        try:
            with closing(websocket.create_connection(address, timeout=REQUEST_TIMEOUT, header=header)) as connection:
                yield Channels(connection)
        finally:
            self.ask(f"api/sessions/{session['id']}", "DELETE")


@dataclass(frozen=True)
class Channels:
    """The messages of a kernel."""

    connection: websocket.WebSocket

    def run(self, cell: dict[str, Any], timeout: float) -> list[dict[str, Any]]:
        """Run a cell; return the messages that it brought.

        Args:
            cell: the cell, as it stands in the notebook.
            timeout: the seconds that the cell may take.
        """
        header = {"msg_id": uuid.uuid4().hex, "session": "test", "username": "", "version": "5.3"}
        header["msg_type"] = "execute_request"
        code = "".join(cell["source"])
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {"cellId": cell["id"]}, "content": content}
        self.connection.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        deadline = time.monotonic() + timeout
        replies: list[dict[str, Any]] = []
        missing = {"execute_reply", "idle"}
        while missing:
            assert time.monotonic() < deadline, f"this cell runs for {timeout} seconds:\n{code}"
            frame = self.connection.recv()
            if isinstance(frame, bytes):  # a message of a widget, with buffers
                continue
            reply = json.loads(frame)
            if reply["parent_header"].get("msg_id") == header["msg_id"]:
                replies.append(reply)
                missing -= {reply["msg_type"], reply["content"].get("execution_state")}
        return replies


def errors(messages: list[dict[str, Any]]) -> list[str]:
    """Return the errors among the messages of a cell, each in one line."""
    found = [message["content"] for message in messages if message["msg_type"] == "error"]
    return [f"{content['ename']}: {content['evalue']}" for content in found]
