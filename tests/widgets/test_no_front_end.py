"""A page without ipywidgets closes each widget at once: the cell says so. In a real kernel, by the page's messages."""

import pytest

from tests.widgets.test_in_a_kernel import started

CELL = """
from IPython.display import display
from readiness.widgets import Prediction
guess = Prediction("Which?", ["this", "that"])
display(guess)
print([guess.widget.model_id])
"""
ECHO = """
from IPython.display import display
from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets import EchoPanel
panel = EchoPanel(EchoServer)
display(panel)
panel.stop_refreshing()
print([panel.widget.model_id])
"""


def texts_after(client, model_id: str) -> list[tuple[str, str]]:
    """Close the widget as a page does. Return each text that the kernel prints, with the message that it answers."""
    sent = client.session.msg("comm_close", {"comm_id": model_id, "data": {}})
    client.shell_channel.send(sent)
    found = []
    while True:
        message = client.get_iopub_msg(timeout=30)
        assert message["msg_type"] != "error", message["content"]
        if message["msg_type"] == "stream":
            found.append((message["content"]["text"], message["parent_header"]["msg_type"]))
        answers_it = message["parent_header"].get("msg_id") == sent["header"]["msg_id"]
        if answers_it and message["content"].get("execution_state") == "idle":
            return found


@pytest.fixture
def kernel():
    with started() as kernel:
        yield kernel


@pytest.mark.parametrize("cell", [CELL, ECHO], ids=["prediction", "echo panel"])
def test_the_cell_says_that_the_page_has_no_ipywidgets(kernel, cell):
    (model_id,) = kernel.run(cell)
    ((text, answers),) = texts_after(kernel.client, model_id)
    assert text.startswith("This page shows no buttons: it has no ipywidgets.")
    assert answers == "execute_request"


FASTER = """
import io
from contextlib import redirect_stdout
from readiness.widgets import Prediction
guess = Prediction("Which?", ["this", "that"])
get_ipython().kernel.comm_manager.comms.pop(guess.widget.model_id)  # as by a page's message in another thread
with redirect_stdout(io.StringIO()) as file:
    guess._repr_mimebundle_()
print([file.getvalue()])
"""


def test_the_cell_says_so_where_the_page_was_faster(kernel):
    (text,) = kernel.run(FASTER)
    assert text.startswith("This page shows no buttons: it has no ipywidgets.")


def test_a_panel_that_the_kernel_closes_says_nothing(kernel):
    kernel.run(CELL)
    assert kernel.run("guess.close(); print([])") == []
