"""What `name_advice` says of a name that was not found, and when it says nothing."""

import linecache

import pytest

from readiness.base.name_advice import likely_name, name_advice

CLASSES = """
import copy, enum, socket
class State(enum.Enum):
    OPEN, ENDING = 'a', 'b'

class Data:
    def __init__(self):
        self.names, self.transfer, self.sock, self.socket = [], None, None, None

    def may_interrupt(self, line):
        return bool(line)

class Pair(tuple):
    first = property(lambda self: self[0])

class Broken:
    def __getattr__(self, name):
        raise RuntimeError(name)

class Base:
    def start(self):
        pass

class Session(Base):
    def __init__(self):
        self.data, self.limit, self._hidden = Data(), 9, Data()

    def close(self):
        pass

LIMIT = 7
"""


def raised(line: str, setup: str = "control, pair = self.data, Pair((1, 2))") -> Exception:
    """The error that a method with this line raises."""
    source = f"{CLASSES}\ndef method(self, argument):\n    {setup}\n    {line}\n"
    names = {"__name__": "__main__"}
    linecache.cache["<cell>"] = (len(source), None, source.splitlines(keepends=True), "<cell>")
    exec(compile(source, "<cell>", "exec"), names)
    with pytest.raises(Exception) as caught:  # noqa: PT011 – of any kind
        names["method"](names["Session"](), names["Broken"]())
    return caught.value


def advice(*lines: str) -> str:
    return name_advice(raised(*lines))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("limit", "self has an attribute limit: is `self.` missing?"),
        ("close()", "self has an attribute close: is `self.` missing?"),
        ("may_interrupt(b'')", "control has an attribute may_interrupt: is `control.` missing?"),
        ("[limit for _ in range(3)]", "self has an attribute limit: is `self.` missing?"),
        ("any(limit for _ in range(3))", "self has an attribute limit: is `self.` missing?"),
        ("limit += 1", "self has an attribute limit: is `self.` missing?"),
        ("limit = limit + 1", "self has an attribute limit: is `self.` missing?"),
        ("limit\n    limit = 1", ""),  # a variable of the function, which has no value yet
        ("limit\n    limit, other = 1, 2", ""),
        ("limit\n    (lambda: limit)\n    limit = 1", ""),
        ("control.sock = 1; del control; self.sock = 2; sock", "self has an attribute sock: is `self.` missing?"),
        (
            "socket.close_all()",
            "Here `socket` is the module. Is a variable with another name meant, or `control.socket`?",
        ),
        ("copy.copy(1); copy.deep_copy", ""),  # misspelt
        ("self.copy", ""),  # a module is not what is meant
        ("self.LIMIT", "LIMIT is no attribute of self: write it without `self.`."),
        ("self.data.LIMIT", "LIMIT is no attribute of self.data: write it without `self.data.`."),
        ("self.control.names", "control is a variable of this function: write it without `self.`."),
        ("self.may_interrupt(b'')", "control has an attribute may_interrupt: write `control.may_interrupt`."),
        ("self.data.close()", "self has an attribute close: write `self.close`."),
        ("self.data.transfer.step()", "self.data.transfer is None here."),
        ("self.limits", "self has an attribute limit: is the name misspelt?"),
        ("self.data.may_interupt(b'')", "self.data has an attribute may_interrupt: is the name misspelt?"),
        ("append(1)", ""),  # each list has it
        ("self.something_else", ""),
        ("State.open", "State has these names: OPEN, ENDING."),
        ("super(Session, self).limit", "self has an attribute limit: write `self.limit`."),
        ("super(Session, self).limits", ""),
        ("something_else", ""),
        ("(self or 1).LIMIT", ""),  # no path that can be named
        ("int(line)", ""),
        ("argument.limit", ""),  # the class's own __getattr__ raised it
        ("[].limit", ""),
        ("control.names.limit", ""),  # a list is there, and no path is meant
        ("pair.first, pair.names = 1, 2", ""),  # C code, whose error does not have the object
        ("pair.close()", "self has an attribute close: write `self.close`."),
    ],
)
def test_what_is_said_of_a_name(line, expected):
    assert advice(line) == expected


def test_a_path_has_up_to_three_names():
    deep = "control = None; self.data.server = Session(); self.data.server.closing = Data(); del control"
    assert advice("may_interrupt(b'')", "pass") == "self.data has an attribute may_interrupt: is `self.data.` missing?"
    assert advice("closing", deep) == "self.data.server has an attribute closing: is `self.data.server.` missing?"


def test_what_accept_returns_is_a_variable_with_another_name_here():
    assert advice("sock.close()", "client = 1") == ""


def test_a_module_is_named_where_the_line_is_even_if_a_library_raises():
    expected = "Here `socket` is the module. Is a variable with another name meant, or `self.data.socket`?"
    assert advice("import shutil; shutil.copyfileobj(socket, 1)", "pass") == expected


def test_of_an_error_in_a_library_nothing_is_said():
    assert advice("import json; json.dumps(self)") == ""
    assert advice("import io; io.TextIOWrapper(self)") == ""


def test_an_error_without_a_traceback_has_no_advice():
    assert name_advice(NameError("name 'x' is not defined", name="x")) == ""


def test_two_owners_are_both_named():
    two = "control = Session(); other = Session(); del self"
    assert advice("[].limit", two) == ""
    owners = "control = None; self.data.one = Session(); self.data.two = Session()"
    assert advice("self.data.closing", owners + "; self.data.one.closing = self.data.two.closing = Data()") == (
        "self.data has no attribute closing, but self.data.one and self.data.two have one."
    )


def test_an_object_with_two_paths_is_named_once():
    two = "control = None; self.data.timers = self.data.names_of = Session(); self.data.timers.late = Data()"
    assert advice("self.data.late", two) == "self.data.timers has an attribute late: write `self.data.timers.late`."


@pytest.mark.parametrize(("used", "other"), [("one", "two"), ("two", "one")])
def test_the_owner_that_the_function_uses_comes_first(used, other):
    two = "control, both = None, {name: Data() for name in ('one', 'two')}; vars(self).update(both)"
    late = f"[setattr(each, 'late', 3) for each in both.values()]; del both, control; self.{used}"
    assert advice("self.late", f"{two}; {late}") == (
        f"self has no attribute late, but self.{used} and self.{other} have one."
    )


def test_a_missing_owner_may_be_one_of_two():
    two = "control = None; self.one, self.two = Data(), Data(); self.one.late = self.two.late = 3"
    assert (
        advice("late", two) == "self.one and self.two have an attribute late: is one of them missing before the name?"
    )


def test_an_object_that_is_meant_itself():
    assert advice("self.server.close()", "self.data.server = self") == "self is the server itself: write `self`."


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("AF_INET", "socket has a name AF_INET: is `socket.` missing?"),
        ("deepcopy(self)", "copy has a name deepcopy: is `copy.` missing?"),
        ("deepcopy", ""),  # a variable may be meant
        ("gaierror", ""),  # no call
        ("error", ""),  # KeyError is similar, and is not meant
        ("import os; close(3)", "socket and os have a name close: is one of them missing before it?"),
        ("from readiness.course import expect; short_repr(1)", ""),  # a module for the checks
        ("LIMTI", "There is a name LIMIT: is LIMTI misspelt?"),
    ],
)
def test_a_name_may_be_a_modules(line, expected):
    imported = line.partition("; ")[0] if "; " in line else "pass"
    line = line.rpartition("; ")[2]
    assert likely_name(raised(line, f"global os, expect; {imported}")) == expected


@pytest.mark.parametrize(
    ("line", "setup", "expected"),
    [
        (
            "replace(1, 2)",
            "text, self = 'a', 1",
            "os and text have an attribute replace: is one of them missing before the name?",
        ),
        ("close(3)", "", "socket, os and self have an attribute close: is one of them missing before the name?"),
        ("close()", "", "self has an attribute close: is `self.` missing?"),
        (
            "dup(3)",
            "self.data.dup = 7",  # what an attribute keeps is less likely
            "socket and os have an attribute dup: is one of them missing before the name?",
        ),
    ],
)
def test_a_module_with_that_function_is_named_too(line, setup, expected):
    assert advice(line, f"global os; import os; {setup}") == expected


def test_what_each_container_has_is_no_sign_of_another_owner():
    kept = "control = None; self.timers = Data(); self.data.pending = []; self.uploads = type('', (), {'remove': 1})()"
    assert advice("self.timers.clear()", kept) == ""
    assert advice("self.timers.remove(1)", kept) == ("self.timers has no attribute remove, but self.uploads has one.")
