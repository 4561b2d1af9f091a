"""The names that the setup cell of a lab has given: which of them have another value now.

After ``from select import *`` in any cell, ``select`` is a function and no module. Then the lab's own code fails, and
its error says nothing about the cause.
"""

import dis
import inspect
import linecache
import sys
from collections.abc import Iterable
from types import CodeType, FrameType, ModuleType
from typing import Any

from readiness.base.messages import _
from readiness.course.expect import described
from readiness.course.hints import names_defined

MISSING = object()


class SetupNames:
    """The modules, functions, classes and constants (in capitals) that a setup cell defines.

    They are remembered when the cell has ended: while it runs, they may have the values of an earlier run. IPython says
    when; elsewhere the first check remembers them.

    Args:
        setup: the frame of the setup cell.
    """

    def __init__(self, setup: FrameType) -> None:
        self.file, self.names = setup.f_code.co_filename, setup.f_globals
        source = "".join(linecache.getlines(self.file, setup.f_globals))
        self._pending = set(names_defined(source)) if source else _names_stored(setup.f_code)
        self._values: dict[str, Any] = {}
        if shell := _shell():
            shell.events.register("post_run_cell", self._on_cell_run)

    def _on_cell_run(self, _result: Any) -> None:
        """Remember the names. IPython calls this with an `ExecutionResult` when the setup cell has ended."""
        _shell().events.unregister("post_run_cell", self._on_cell_run)
        self.remember()

    def remember(self) -> None:
        """Remember the values that the setup's names have now. A second call does nothing."""
        bound = self._pending & self.names.keys()
        self._values.update((name, self.names[name]) for name in bound if _is_kept(name, self.names[name]))
        self._pending.clear()

    def names_kept(self) -> set[str]:
        """Return the names whose values are remembered."""
        return set(self._values)

    def replaced(self, used: Iterable[str], answers: Iterable[str] = ()) -> list[str]:
        """Return a sentence for each name that has another value now.

        Args:
            used: the names that matter. What the setup's own functions and classes among them use matters, too.
            answers: the names that the learner is to write.
        """
        names = self._with_inner(used) - set(answers)
        pairs = [(name, before, self.names.get(name, MISSING)) for name, before in self._values.items()]
        return [_sentence(*pair) for pair in pairs if pair[0] in names and not is_same(*pair[1:])]

    def _with_inner(self, used: Iterable[str]) -> set[str]:
        found, pending = set(), list(used)
        while pending:
            if (name := pending.pop()) not in found:
                found.add(name)
                pending += code_names(self._values.get(name))
        return found


def code_names(value: Any) -> set[str]:
    """Return the global names and attributes that a function, a code object or the methods of a class use."""
    if isinstance(value, type):
        return set().union(*(code_names(each) for each in vars(value).values()))
    code = getattr(inspect.unwrap(value), "__code__", None) if inspect.isroutine(value) else value
    if not isinstance(code, CodeType):
        return set()
    return set(code.co_names).union(*(code_names(each) for each in code.co_consts if isinstance(each, CodeType)))


def _names_stored(code: CodeType) -> set[str]:
    return {each.argval for each in dis.get_instructions(code) if each.opname in ("STORE_NAME", "STORE_GLOBAL")}


def _is_kept(name: str, value: Any) -> bool:
    """Return whether the lab means this name to keep its value: no variable, such as a loop's."""
    return name.isupper() or isinstance(value, ModuleType | type) or inspect.isroutine(value)


def is_same(before: Any, now: Any) -> bool:
    """Return whether a name has the same object now, or an equal text or number."""
    return now is before or (type(now) is type(before) and isinstance(now, str | int | float | bytes) and now == before)


def _sentence(name: str, before: Any, now: Any) -> str:
    was, became = _kind(before), _kind(now)
    if was == became:
        became = _("another one")
    text = _(
        "`{name}` is no longer what the setup made of it ({was}; now {became}). Run the setup cell again, and "
        "give your own value another name."
    )
    return text.format(name=name, was=was, became=became)


def _kind(value: Any) -> str:
    if value is MISSING:
        return _("deleted")
    if isinstance(value, ModuleType):
        return _("a module")
    if isinstance(value, type):
        return _("a class")
    return _("a function") if inspect.isroutine(value) else described(value)


def _shell() -> Any:
    """Return the IPython shell that runs this process's cells, or None."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
