"""Operators that change a statement. Each takes a statement, and yields (what was changed, the statements instead).

Where no statement is left in a block, `tools.mutants.mutate` writes `pass`.
"""

import ast
from collections.abc import Callable, Iterator

from tools.mutants.operators import BINARY, negated

Changes = Iterator[tuple[str, list[ast.stmt]]]
Operator = Callable[[ast.stmt], Changes]

WIDER = {
    "BlockingIOError": ("OSError", "Exception"),
    "OSError": ("Exception", "ConnectionError", "BlockingIOError", "FileNotFoundError"),
    "ConnectionError": ("OSError", "ConnectionResetError"),
    "FileNotFoundError": ("OSError",),
    "KeyError": ("Exception", "IndexError"),
    "ValueError": ("Exception", "UnicodeDecodeError"),
    "CommandError": ("Exception",),
    "BaseException": ("Exception", "OSError"),
    "Exception": ("OSError", "BaseException"),
}
"""Other exceptions for each one that an answer names: its bases, and classes derived from it."""
IDEMPOTENT = (
    "close",
    "setblocking",
    "modify",
    "clear",
    "discard",
    "add",
    "set_events",
    "cancel",
    "wait_for_connection",
)
"""Methods that change nothing when they are called again."""


def dropped(node: ast.stmt) -> Changes:
    """Leave the statement out."""
    if not isinstance(node, ast.Pass):
        yield "dropped", []


def doubled(node: ast.stmt) -> Changes:
    """Make a call, a deletion or an addition happen twice."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        again = getattr(node.value.func, "attr", "") not in IDEMPOTENT
    else:
        again = isinstance(node, ast.Delete) or (isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add))
    if again:
        yield "twice", [node, node]


def condition(node: ast.stmt) -> Changes:
    """Negate the condition of `if` or `while`, or make it always true, or never true."""
    if isinstance(node, ast.If | ast.While):
        for what, test in (
            ("negated", negated(node.test)),
            ("always", ast.Constant(True)),
            ("never", ast.Constant(False)),
        ):
            yield what, [type(node)(test, node.body, node.orelse)]


def branches(node: ast.stmt) -> Changes:
    """Leave `else` out, or do in either case what stands in `else`; swap the branches; make an `elif` an `if`."""
    if isinstance(node, ast.If) and node.orelse:
        alone = ast.If(node.test, node.body, [])
        yield "without else", [alone]
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            yield "elif to if", [alone, *node.orelse]
        else:
            yield "else always", [alone, *node.orelse]
        yield "branches swapped", [ast.If(node.test, node.orelse, node.body)]


def loops(node: ast.stmt) -> Changes:
    """Make `if` a `while`, `while` an `if`, `break` a `continue`; end a loop after its first round."""
    if (
        isinstance(node, ast.If)
        and not node.orelse
        and not isinstance(node.body[-1], ast.Return | ast.Raise | ast.Break)
    ):
        yield "while", [ast.While(node.test, node.body, [])]
    elif isinstance(node, ast.While):
        yield "if", [ast.If(node.test, node.body, [])]
    if isinstance(node, ast.For | ast.While):
        yield "once", [with_body(node, [*node.body, ast.Break()])]
    if isinstance(node, ast.Break):
        yield "continue", [ast.Continue()]
    elif isinstance(node, ast.Continue):
        yield "break", [ast.Break()]


def with_body(node: ast.stmt, body: list[ast.stmt]) -> ast.stmt:
    """Return a copy of a compound statement with another body."""
    return type(node)(**{**dict(ast.iter_fields(node)), "body": body})


def indentation(node: ast.stmt) -> Changes:
    """Move the last statement of a block out of it."""
    if isinstance(node, ast.If | ast.For | ast.While | ast.With) and (
        len(node.body) > 1 or getattr(node, "orelse", None)
    ):
        yield "last dedented", [with_body(node, node.body[:-1] or [ast.Pass()]), node.body[-1]]


def neighbours(node: ast.stmt, following: ast.stmt) -> Changes:
    """Swap a statement and the one that follows it, or move the latter into its block."""
    yield "swapped with the next", [following, node]
    if isinstance(node, ast.If | ast.For | ast.While | ast.With):
        yield "next indented", [with_body(node, [*node.body, following])]
        if isinstance(node, ast.If) and node.orelse:
            yield "next indented in else", [ast.If(node.test, node.body, [*node.orelse, following])]
    elif isinstance(node, ast.Try):
        handlers = [ast.ExceptHandler(one.type, one.name, [*one.body, following]) for one in node.handlers]
        yield "next in try", [with_body(node, [*node.body, following])]
        yield "next in except", [ast.Try(node.body, handlers, node.orelse, node.finalbody)]


def assignment(node: ast.stmt) -> Changes:
    """Make `+=` another operator, or `=`; leave one of several targets out; assign None.

    Where the target belongs to the caller (`of_caller`, which `tools.mutants.mutate` sets), make a new object, too.
    """
    if isinstance(node, ast.AugAssign):
        yield BINARY[type(node.op)].__name__, [ast.AugAssign(node.target, BINARY[type(node.op)](), node.value)]
        yield "only =", [ast.Assign([node.target], node.value)]
        if getattr(node, "of_caller", False):
            value = ast.BinOp(as_load(node.target), node.op, node.value)
            yield "new object", [ast.Assign([node.target], value)]
    elif isinstance(node, ast.Assign):
        if isinstance(node.value, ast.Call):
            yield "None", [ast.Assign(node.targets, ast.Constant(None))]
        for index in range(len(node.targets) if len(node.targets) > 1 else 0):
            rest = node.targets[:index] + node.targets[index + 1 :]
            yield f"without target {index + 1}", [ast.Assign(rest, node.value)]


def as_load(node: ast.expr) -> ast.expr:
    """Return the target of an assignment as an expression."""
    return ast.parse(ast.unparse(node), mode="eval").body


def returns(node: ast.stmt) -> Changes:
    """Return None; compute the value and do not return it; return instead of raising."""
    if isinstance(node, ast.Return) and node.value is not None:
        yield "None", [ast.Return(None)]
        yield "not returned", [ast.Expr(node.value)]
    elif isinstance(node, ast.Return):
        yield "not returned", []
    elif isinstance(node, ast.Raise):
        yield "return", [ast.Return(None)]


def handlers(node: ast.stmt) -> Changes:
    """Make `except` catch more, less or nothing, do nothing, or raise again; swap two; leave `finally` out."""
    if not isinstance(node, ast.Try):
        return

    def changed(**fields: list) -> list[ast.stmt]:
        parts = {**dict(ast.iter_fields(node)), **fields}
        return [ast.Try(**parts)] if parts["handlers"] or parts["finalbody"] else parts["body"] + parts["orelse"]

    for index, handler in enumerate(node.handlers):
        before, after = node.handlers[:index], node.handlers[index + 1 :]
        for what, other in other_handlers(handler):
            yield f"except {named(handler)}: {what}", changed(handlers=[*before, other, *after])
        yield f"without except {named(handler)}", changed(handlers=before + after)
        if after:
            yield "except swapped", changed(handlers=[*before, after[0], handler, *after[1:]])
    if node.finalbody:
        yield "without finally", changed(finalbody=[])
    if len(node.body) > 1:
        yield "first before try", [node.body[0], *changed(body=node.body[1:])]
        yield "last after try", [*changed(body=node.body[:-1]), node.body[-1]]


def named(handler: ast.ExceptHandler) -> str:
    """Return what a handler catches, as it is written."""
    return ast.unparse(handler.type) if handler.type else ""


def other_handlers(handler: ast.ExceptHandler) -> Iterator[tuple[str, ast.ExceptHandler]]:
    """Yield the handler with another exception, or with another body."""
    for what, kind in other_exceptions(handler.type):
        yield what, ast.ExceptHandler(kind, handler.name, handler.body)
    for what, body in (("pass", ast.Pass()), ("raise", ast.Raise()), ("return", ast.Return(None))):
        yield what, ast.ExceptHandler(handler.type, handler.name, [body])


def other_exceptions(node: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    """Yield other exceptions than the one that `node` names, or than one of those in a tuple."""
    if isinstance(node, ast.Tuple):
        for index, item in enumerate(node.elts):
            rest = node.elts[:index] + node.elts[index + 1 :]
            yield f"without {ast.unparse(item)}", ast.Tuple(rest, ast.Load())
    elif node is not None:
        for other in WIDER.get(ast.unparse(node), ()):
            yield f"is {other}", ast.Name(other)


def contexts(node: ast.stmt) -> Changes:
    """Leave `with` out, but not its body; make `suppress` catch more, or less."""
    if not isinstance(node, ast.With):
        return
    yield "without with", node.body
    call = node.items[0].context_expr
    if isinstance(call, ast.Call) and ast.unparse(call.func) == "suppress" and call.args:
        for what, kind in other_exceptions(call.args[0]):
            other = ast.withitem(ast.Call(call.func, [kind, *call.args[1:]], []))
            yield f"suppress {what}", [ast.With([other, *node.items[1:]], node.body)]


STATEMENTS: tuple[Operator, ...] = (
    dropped,
    doubled,
    condition,
    branches,
    loops,
    indentation,
    assignment,
    returns,
    handlers,
    contexts,
)
