"""A lesson that keeps every rule, for tests that break one rule at a time. It is no lesson of the course."""

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, output_from_msg

OPENING = """# Wait for a sample

**What you'll do**: read this.
**What you'll learn**: that a good lesson passes.
**What you'll need**: nothing.

It takes 10 minutes; its cells run for 5 seconds."""
CLOSING = "## On your own\nTry it.\n\n## In practice\nUse it.\n\n## Further reading\nNone."
SOURCES = {
    "add": "2 + 2",
    "say": 'print("ready")',
    "count": "total = sum(range(10))\ntotal",
    "measure": "import time\ntime.monotonic()",
    "shape": "assert time.monotonic() > 0",
}


def sentences(count: int) -> str:
    return "\n".join(["These are ten words of a sentence that says nothing."] * (count // 10))


def good_lesson() -> NotebookNode:
    """Return it as an author writes it: never executed."""
    cells = [new_markdown_cell(OPENING, id="title")]
    for number, (name, source) in enumerate(SOURCES.items(), 1):
        cells.append(new_markdown_cell(sentences(100), id=f"before-{name}"))
        cells.append(new_code_cell(source, id=name))
        cells.append(new_markdown_cell(sentences(100), id=f"after-{number}"))
    cells.append(new_markdown_cell(CLOSING, id="closing"))
    nb = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "x"}})
    cell(nb, "measure").metadata.tags = ["nbval-ignore-output"]
    return nb


def frozen_lesson() -> NotebookNode:
    """Return it as `freeze.py` saves it: its outputs are written here, nothing is run."""
    from tools.notebooks.normalize import normalize

    nb = good_lesson()
    results = {"add": "4", "count": "45", "measure": "12.5"}
    for count, name in enumerate(SOURCES, 1):
        cell(nb, name).execution_count = count
        if name in results:
            content = {"data": {"text/plain": results[name]}, "metadata": {}, "execution_count": count}
            cell(nb, name).outputs = [output_from_msg({"header": {"msg_type": "execute_result"}, "content": content})]
    cell(nb, "say").outputs = [from_dict({"output_type": "stream", "name": "stdout", "text": "ready\n"})]
    return normalize(nb)


def cell(nb: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in nb.cells if cell.id == name)
