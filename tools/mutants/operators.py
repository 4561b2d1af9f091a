"""Operators that change an expression. Each takes a node, and yields (what was changed, the node instead of it).

Texts for readers, such as the words of a reply, stay as they are: no check judges them.
"""

import ast
from collections.abc import Callable, Iterator

Changes = Iterator[tuple[str, ast.expr]]
Operator = Callable[[ast.expr], Changes]

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
SIBLINGS = [
    ("SHUT_RD", "SHUT_WR", "SHUT_RDWR"),
    ("EPOLLIN", "EPOLLOUT", "EPOLLPRI"),
    ("POLLIN", "POLLOUT", "POLLPRI"),
    ("POLLHUP", "POLLERR", "POLLNVAL"),
    ("EVENT_READ", "EVENT_WRITE"),
    ("IN", "OUT", "HUP", "ERR"),
    ("local_host", "peer_host"),
    ("getsockname", "getpeername"),
    ("accept_data", "on_data_ready"),
    ("on_data_ready", "accept_data", "on_connect_done"),
    ("on_connected", "on_connect_done"),
    ("connect_timer", "commit_timer"),
    ("data_connect_timeout", "idle_timeout", "transfer_timeout"),
    ("READ", "WRITE"),
    ("EMPTY", "END", "MORE"),
    ("SEEK_SET", "SEEK_CUR", "SEEK_END"),
    ("O_RDONLY", "O_WRONLY", "O_RDWR"),
    ("send", "sendall"),
    ("pop", "popleft"),
    ("popleft", "pop"),
    ("append", "extend", "appendleft"),
    ("extend", "append"),
    ("add", "discard"),
    ("remove", "discard"),
    ("register", "modify"),
    ("find", "rfind"),
    ("split", "rsplit"),
    ("partition", "rpartition"),
    ("startswith", "endswith"),
    ("rstrip", "strip", "lstrip"),
    ("isdigit", "isalnum"),
    ("isascii", "isalnum"),
    ("median", "mean", "max"),
    ("min", "max"),
    ("any", "all"),
    ("items", "keys", "values"),
]
"""Names that stand side by side: the first and any other are mixed up. Constants are mixed up both ways."""


def with_fields(node: ast.expr, **fields: object) -> ast.expr:
    """Return a copy of a node with other fields; its other children are shared."""
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


def negated(node: ast.expr) -> ast.expr:
    """Return the expression `not node`."""
    return ast.UnaryOp(ast.Not(), node)


def plus(node: ast.expr, number: int) -> ast.expr:
    """Return the expression `node + number`, or `node - …` for a negative number."""
    return ast.BinOp(node, ast.Add() if number > 0 else ast.Sub(), ast.Constant(abs(number)))


def without(items: list, index: int) -> list:
    """Return the list without one item."""
    return items[:index] + items[index + 1 :]


def comparison(node: ast.expr) -> Changes:
    """Take another comparison: <= and > for <, != for ==, is not for is, not in for in."""
    if isinstance(node, ast.Compare):
        for index, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)]:
                ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                yield f"{type(op).__name__} to {other.__name__}", with_fields(node, ops=ops)


def bound(node: ast.expr) -> Changes:
    """Compare with another bound: one more, one less, twice as much, half as much; with one of those after `in`."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ORDERS):
        right = node.comparators[0]
        twice = ast.BinOp(ast.Constant(2), ast.Mult(), right)
        half = ast.BinOp(right, ast.FloorDiv(), ast.Constant(2))
        others = {"+1": plus(right, 1), "-1": plus(right, -1)}
        if getattr(right, "value", None) != 0:
            others |= {"twice": twice, "half": half}
        for what, other in others.items():
            yield f"bound {what}", with_fields(node, comparators=[other, *node.comparators[1:]])
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        first = ast.parse(f"list({ast.unparse(node.comparators[0])})[:1]", mode="eval").body
        yield "only the first", with_fields(node, comparators=[first])


def constant(node: ast.expr) -> Changes:
    """Take another constant: a number one more or less, the other truth value, empty bytes or text, 0 for None."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        others: list = [not value]
    elif isinstance(value, int):
        others = [value + 1, value - 1, *([0] if value not in (-1, 0, 1) else [])]
    elif isinstance(value, bytes):
        others = [b"x" if not value else b""]
    elif isinstance(value, str) and " " not in value:
        others = ["x" if not value else ""]
    else:
        others = [0] if value is None else []
    for other in others:
        yield f"constant {other!r}", ast.Constant(other)


def boolean(node: ast.expr) -> Changes:
    """Take `or` for `and`, and the other way round; leave an operand out, or negate it."""
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and or", with_fields(node, op=other)
        for index, operand in enumerate(node.values):
            rest = without(node.values, index)
            yield f"without operand {index + 1}", rest[0] if len(rest) == 1 else with_fields(node, values=rest)
            values = [*node.values[:index], negated(operand), *node.values[index + 1 :]]
            yield f"not operand {index + 1}", with_fields(node, values=values)


def unary(node: ast.expr) -> Changes:
    """Leave `not`, `~` or `-` out."""
    if isinstance(node, ast.UnaryOp):
        yield "without sign", node.operand


def binary(node: ast.expr) -> Changes:
    """Take another operator, such as | for &, - for +, >> for <<; or one operand alone."""
    if isinstance(node, ast.BinOp):
        yield BINARY[type(node.op)].__name__, with_fields(node, op=BINARY[type(node.op)]())
        yield "left alone", node.left
        yield "right alone", node.right


def conditional(node: ast.expr) -> Changes:
    """Swap the values of `a if c else b`, or take one of them always: it becomes `b if c else a`, `a` or `b`."""
    if isinstance(node, ast.IfExp):
        yield "else swapped", ast.IfExp(node.test, node.orelse, node.body)
        yield "never else", node.body
        yield "always else", node.orelse


def arguments(node: ast.expr) -> Changes:
    """Swap two arguments, leave one out, take the only one instead of the call, or forget to call without one."""
    if not isinstance(node, ast.Call) or any(isinstance(arg, ast.JoinedStr) for arg in node.args):
        return
    args = node.args
    if not args and not node.keywords:
        yield "not called", node.func
    for index in range(len(args) - 1 if getattr(node.func, "id", "") not in ("min", "max") else 0):
        swapped = [*args[:index], args[index + 1], args[index], *args[index + 2 :]]
        yield f"arguments {index + 1} and {index + 2} swapped", with_fields(node, args=swapped)
    for index in range(len(args)):
        yield f"without argument {index + 1}", with_fields(node, args=without(args, index))
    for index, keyword in enumerate(node.keywords):
        yield f"without {keyword.arg}", with_fields(node, keywords=without(node.keywords, index))
    if len(args) == 1 and isinstance(node.func, ast.Name) and not isinstance(args[0], ast.Starred):
        yield f"without {node.func.id}", args[0]


def sibling(node: ast.expr) -> Changes:
    """Take a name that stands beside it: SHUT_RDWR for SHUT_WR, EPOLLOUT for EPOLLIN, sendall for send."""
    name = getattr(node, "attr", getattr(node, "id", ""))
    for group in SIBLINGS:
        if name in (group if name.isupper() else group[:1]):
            for other in group:
                if other != name:
                    changed = {"attr": other} if isinstance(node, ast.Attribute) else {"id": other}
                    yield other, with_fields(node, **changed)


def mixed_up(node: ast.expr) -> Changes:
    """Take another name that the function uses: `beside`, which `tools.mutants.mutate` sets."""
    if other := getattr(node, "beside", ""):
        yield f"{other} mixed up", with_fields(node, **{"attr" if isinstance(node, ast.Attribute) else "id": other})


def container(node: ast.expr) -> Changes:
    """Take another container: list, tuple, set; one item less; another kind of comprehension, or no filter.

    For a comprehension that a call consumes (`consumed`, which `tools.mutants.mutate` sets) the kind is the same to all
    but a set.
    """
    if isinstance(node, ast.List | ast.Tuple | ast.Set) and not isinstance(getattr(node, "ctx", None), ast.Store):
        if not isinstance(node, ast.Tuple):
            yield "tuple", ast.Tuple(node.elts, ast.Load())
        if not isinstance(node, ast.List):
            yield "list", ast.List(node.elts, ast.Load())
        if not isinstance(node, ast.Set):
            yield "set", ast.Set(node.elts) if node.elts else ast.Call(ast.Name("set"), [], [])
        for index in range(len(node.elts) if len(node.elts) > 1 else 0):
            yield f"without item {index + 1}", with_fields(node, elts=without(node.elts, index))
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        for kind, what in ((ast.ListComp, "list"), (ast.SetComp, "set"), (ast.GeneratorExp, "generator")):
            if not isinstance(node, kind) and not (getattr(node, "consumed", False) and kind is not ast.SetComp):
                yield what, kind(node.elt, node.generators)
        first = node.generators[0]
        for index in range(len(first.ifs)):
            other = ast.comprehension(first.target, first.iter, without(first.ifs, index), first.is_async)
            yield "without if", with_fields(node, generators=[other, *node.generators[1:]])


def items(node: ast.expr) -> Changes:
    """Swap two neighbouring items of a tuple or list, or make an item None."""
    if isinstance(node, ast.Tuple | ast.List):
        for index in range(len(node.elts) - 1):
            elts = [*node.elts[:index], node.elts[index + 1], node.elts[index], *node.elts[index + 2 :]]
            if not any(isinstance(item, ast.Starred) for item in elts):
                yield f"items {index + 1} and {index + 2} swapped", with_fields(node, elts=elts)
        if isinstance(node.ctx, ast.Load):
            for index in range(len(node.elts)):
                elts = [*node.elts[:index], ast.Constant(None), *node.elts[index + 1 :]]
                yield f"item {index + 1} None", with_fields(node, elts=elts)


def slices(node: ast.expr) -> Changes:
    """Make a bound of a slice one more or one less, leave it out, or swap the two."""
    if isinstance(node, ast.Slice):
        for name in ("lower", "upper"):
            value = getattr(node, name)
            if value is not None:
                yield f"{name} +1", with_fields(node, **{name: plus(value, 1)})
                yield f"{name} -1", with_fields(node, **{name: plus(value, -1)})
                yield f"without {name}", with_fields(node, **{name: None})
        yield "lower and upper swapped", with_fields(node, lower=node.upper, upper=node.lower)


EXPRESSIONS: tuple[Operator, ...] = (
    comparison,
    bound,
    constant,
    boolean,
    unary,
    binary,
    conditional,
    arguments,
    sibling,
    mixed_up,
    container,
    items,
    slices,
)
