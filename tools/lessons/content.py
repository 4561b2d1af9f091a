"""Rules for the text and the code of an episode: plain Markdown, plain Python, no paths, no ports, asserted outputs."""

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from tools.lessons.episode import called, code_cells, parse, prose_cells
from tools.lessons.frame import Violations

ALLOWED_TAGS = {"nbval-ignore-output", "raises-exception", "jupyterlab"}  # the last: the web page says where it holds
SOCKET_CALLS = {"bind", "connect", "connect_ex"}
SOCKET_CALLS |= {"create_connection", "create_server", "open_connection", "start_server"}
SYSTEM_FILES = ("/proc/", "/dev/", "/sys/", "/etc/")  # these are the subject, and the same on every Linux
OUR_METADATA: dict[str, type | tuple[type, ...]] = {"presses": list, "expects_alert": bool, "seconds": (int, float)}
"""The keys of a cell's metadata `readiness`, and the type of each value."""


def prose(nb: NotebookNode, name: str) -> Violations:
    """Check that the Markdown has no exclamation mark and no yellow, and that each picture has an alternative text."""
    for cell in prose_cells(nb):
        if re.search(r"!\[\s*\]\(", cell.source):
            yield cell.id, "an image without alt text"
        for tag in re.findall(r"<img\b[^>]*>", cell.source):
            if not re.search(r"""\balt=["'][^"']""", tag):
                yield cell.id, "an <img> without alt text"
        text = re.sub(r"```.*?```|`+[^`]*`+|<!--.*?-->|!\[", "", cell.source, flags=re.S)
        if "!" in text:
            yield cell.id, "an exclamation mark"
        if re.search(r"\byellow\b", text, re.I):
            yield cell.id, "yellow, which is olive on a dark page: name the frame or the bold letters"


def plain_python(nb: NotebookNode, name: str) -> Violations:
    """Check that code cells hold plain Python. Then a learner can save them to a file, and nbval can compare them."""
    for cell in code_cells(nb):
        tree = parse(cell)
        if tree is None:
            yield cell.id, "not plain Python: a magic other than %matplotlib inline, or a syntax error"
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                yield cell.id, "a star import"
            if isinstance(node, ast.Call) and called(node) in ("clear_output", "get_ipython"):
                yield cell.id, f"calls {called(node)}"
        if cell.source.rstrip().endswith(";"):
            yield cell.id, "ends with a semicolon: assign the value to _ instead"


def paths_and_ports(nb: NotebookNode, name: str) -> Violations:
    """Check that no code cell contains an absolute path or a port number, because these differ between machines."""
    for cell in code_cells(nb):
        for node in ast.walk(parse(cell) or ast.Module([], [])):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if re.match(r"(/\w[\w.-]*/|[A-Za-z]:[\\/]|~[\\/])", text) and not text.startswith(SYSTEM_FILES):
                    yield cell.id, f"an absolute path, {text!r}"
            for port in _ports(node):
                yield cell.id, f"port {port}: let the system choose one (0)"


def _ports(node: ast.AST) -> Iterator[int]:
    """Yield each port number other than 0 that a node of a syntax tree contains."""
    match node:
        case ast.Call(args=args) if called(node) in SOCKET_CALLS:
            for arg in args:
                if isinstance(arg, ast.Tuple):
                    yield from filter(None, map(_number, arg.elts[1:2]))
                elif (n := _number(arg)) >= 1024:  # a smaller one is a time limit or a backlog
                    yield n
        case ast.keyword(arg="port", value=value) if n := _number(value):
            yield n
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target.lower().endswith("port"):
            if n := _number(value):
                yield n
        case ast.Assign(value=ast.Tuple(elts=[ast.Constant(value=str()), port])) if n := _number(port):
            yield n  # ADDRESS = "127.0.0.1", 6969


def _number(node: ast.AST) -> int:
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else 0


def tags(nb: NotebookNode, name: str) -> Violations:
    """Check that cells have only allowed tags, and that only a tag excludes a cell from nbval's comparison."""
    for cell in nb.cells:
        cell_tags = set(cell.metadata.get("tags", []))
        for tag in sorted(cell_tags - ALLOWED_TAGS):
            yield cell.id, f"tag {tag} isn't one of {', '.join(sorted(ALLOWED_TAGS))}"
        if cell.cell_type != "code":
            continue
        if "NBVAL_" in cell.source:
            yield cell.id, "speaks to nbval in a comment: use a tag, which the reader doesn't see"
        raised = any(output.output_type == "error" for output in cell.outputs)
        if "raises-exception" in cell_tags and (not raised or "nbval-ignore-output" in cell_tags):
            yield cell.id, "tagged raises-exception, but no error is saved and compared"


def measured(nb: NotebookNode, name: str) -> Violations:
    """Check that an assert follows each output that nbval ignores: in the same cell or in the next three code cells."""
    cells = code_cells(nb)
    for index, cell in enumerate(cells):
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            near = (parse(other) for other in cells[index : index + 4])
            if not any(isinstance(node, ast.Assert) for tree in near if tree for node in ast.walk(tree)):
                yield cell.id, "its output is ignored, and no assertion of its shape follows within three code cells"


def metadata(nb: NotebookNode, name: str) -> Violations:
    """Check the metadata that the course's own tools read: known keys, and presses that are texts."""
    for cell in nb.cells:
        for key, value in cell.metadata.get("readiness", {}).items():
            if not isinstance(value, OUR_METADATA.get(key, ())):
                yield cell.id, f"metadata readiness.{key} is not one of {', '.join(OUR_METADATA)}, or of another type"
            if key == "presses" and not all(isinstance(press, str) and press.strip() for press in value):
                yield cell.id, "metadata readiness.presses holds something that is no name of a button"


def distinct_buttons(nb: NotebookNode, name: str) -> Violations:
    """Check that no answer of a prediction is named like a button of a panel: a reader would press the wrong one."""
    buttons = {press for cell in nb.cells for press in cell.metadata.get("readiness", {}).get("presses", ())}
    for cell in code_cells(nb):
        for node in ast.walk(parse(cell) or ast.Module([], [])):
            if called(node) == "Prediction":
                constants = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
                for answer in sorted({text for text in constants if isinstance(text, str)} & buttons):
                    yield cell.id, f"its answer “{answer}” is also the name of a button that a reader presses"
