"""An episode that keeps every rule, for tests that break one rule at a time. It is no episode of the course."""

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, output_from_msg

OPENING = """# Wait for a sample

**The question:** Does a good episode pass?

*You need:* nothing.

**6 minutes**; the cells run for 1 second."""
QUESTION = "<details><summary>What is two and two?</summary>\n\nFour.\n\n</details>"
ENDING = {
    "key-points": "## Key points\n\n- A good episode passes.\n- A bad one does not.",
    "check-yourself": "## Check yourself\n\n" + "\n\n".join([QUESTION] * 3),
    "closing": "## On your own\nTry it.\n\n## In practice\nUse it.\n\n## Further reading\nNone.",
    "next": "→",
}
SOURCES = {
    "add": "2 + 2",
    "say": 'print("ready")',
    "count": "total = sum(range(10))\ntotal",
    "measure": "import time\ntime.monotonic()",
    "shape": "# Check the clock.\nassert time.monotonic() > 0",
}
NAME = "08a-sample.ipynb"


def sentences(count: int) -> str:
    return "\n".join(["These are ten words of a sentence that says nothing."] * (count // 10))


def good_lesson() -> NotebookNode:
    """Return it as an author writes it: never executed."""
    cells = [new_markdown_cell(OPENING, id="title")]
    for number, (name, source) in enumerate(SOURCES.items(), 1):
        cells.append(new_markdown_cell(sentences(80), id=f"before-{name}"))
        cells.append(new_code_cell(source, id=name))
        cells.append(new_markdown_cell(sentences(80), id=f"after-{number}"))
    cells += [new_markdown_cell(text, id=name) for name, text in ENDING.items()]
    nb = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "x"}})
    cell(nb, "measure").metadata.tags = ["nbval-ignore-output"]
    cell(nb, "shape").metadata.jupyter = {"source_hidden": True}
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
