"""What the cells of this kernel defined when they last ran, and which functions are versions from an earlier run.

A cell with a syntax error does not run. The function that it defined before is still there, and a check would judge it.
"""

import difflib
import functools
import re
import sys
from collections.abc import Iterable
from typing import Any

from readiness.base.messages import _
from readiness.course.hints import names_defined
from readiness.course.setup_names import is_same


def defined_functions(source: str) -> list[str]:
    """Return the names of the functions and classes of a cell, also of one that does not compile."""
    return re.findall(r"^(?:async\s+def|def|class)\s+(\w+)", source, flags=re.MULTILINE)


class CellRuns:
    """The functions and classes of which the last run of their cell has made no new version.

    Attributes:
        stopped_at: the name of the function and the title of the check that has failed last, or two empty texts.
    """

    def __init__(self) -> None:
        self.stopped_at = ("", "")
        self._owners: dict[str, str | None] = {}  # the id of the cell that has defined a name last
        self._values: dict[str, Any] = {}
        self._outdated: dict[str, str] = {}
        self._constants: dict[str, tuple[str, Any]] = {}  # the first cell that has defined each, and its value there

    def note(self, cell_id: str | None, source: str, names: dict[str, Any], error: tuple[Any, Any]) -> None:
        """Note the run of a cell.

        Args:
            cell_id: the id of the cell, or None if it is not known.
            source: the text of the cell.
            names: the names that the cells have defined.
            error: what prevented the run (a SyntaxError), and what ended it. Each may be None.
        """
        prevented, ended = error
        before = [name for name, owner in self._owners.items() if cell_id and owner == cell_id]
        now = {*defined_functions(source), *set(before).intersection(names_defined(source))}  # a lambda defines it, too
        for name in {*now, *before}:
            if prevented is not None:
                self._outdated[name] = _prevented(name, prevented)
            elif name not in now:
                self._outdated[name] = _renamed(name, [each for each in now if each not in before])
            elif ended is not None and names.get(name) is self._values.get(name):
                self._outdated[name] = _ended(name, ended)
            else:
                self._outdated.pop(name, None)
                self._values[name], self._owners[name] = names.get(name), cell_id
        if cell_id and prevented is None and ended is None:
            for name in filter(str.isupper, names_defined(source)):
                if self._constants.get(name, (cell_id,))[0] == cell_id:
                    self._constants[name] = (cell_id, names.get(name))

    def outdated(self, answers: Iterable[str]) -> list[str]:
        """Return a sentence for each of these answers whose cell has made no new version of it when it last ran.

        Args:
            answers: such as "to_bits" or "LineDecoder.feed".
        """
        names = dict.fromkeys(answer.partition(".")[0] for answer in answers)
        return [self._outdated[name] for name in names if name in self._outdated]

    def replaced(self, used: Iterable[str], names: dict[str, Any], answers: Iterable[str] = ()) -> list[str]:
        """Return a sentence for each name that another cell has given another value: a function, class or constant.

        A def or class in another cell makes a new version. A constant (in capitals) is that of its first cell.

        Args:
            used: the names that matter.
            names: the names that the cells have defined.
            answers: what the learner writes. The constants of these cells may change.
        """
        text = _(
            "`{name}` is no longer what its cell defined. Run the cell with `{name}` again, and give your own value "
            "another name."
        )
        used, own = set(used), {self._owners.get(answer.partition(".")[0]) for answer in answers}
        changed = {name for name in used & self._values.keys() if names.get(name) is not self._values[name]}
        for name in used & self._constants.keys():
            cell_id, value = self._constants[name]
            if cell_id not in own and not is_same(value, names.get(name)):
                changed.add(name)
        return [text.format(name=name) for name in sorted(changed)]


@functools.cache
def of_kernel() -> CellRuns:
    """Return what is known of this kernel's cells. From the first call on, each run of a cell is noted."""
    runs = CellRuns()
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None

    def on_cell_run(result: Any) -> None:
        info, errors = result.info, (result.error_before_exec, result.error_in_exec)
        runs.note(getattr(info, "cell_id", None), str(info.raw_cell), shell.user_ns, errors)

    if shell:
        shell.events.register("post_run_cell", on_cell_run)
    return runs


def _prevented(name: str, error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    text = _(
        "The cell of {name} did not run. {kind}: {error}{at}\nCorrect the cell, run it, then run this check again."
    )
    at = _("\n  at: {text}   (line {n})").format(text=(getattr(error, "text", "") or "?").strip(), n=line)
    reason = getattr(error, "msg", None) or error
    return text.format(name=name, kind=type(error).__name__, error=reason, at=at if line else "")


def _ended(name: str, error: BaseException) -> str:
    text = _(
        "The cell of {name} stopped before it defined {name}. {kind}: {error}\n"
        "Correct the cell, run it, then run this check again."
    )
    return text.format(name=name, kind=type(error).__name__, error=error)


def _renamed(name: str, others: list[str]) -> str:
    text = _("The cell that defined {name} has run again, and defines no {name} any more.").format(name=name)
    if similar := difflib.get_close_matches(name, others, 1):
        text += _(" It defines {similar}: is the name misspelt?").format(similar=similar[0])
    return text + _("\nDefine {name}, run the cell, then run this check again.").format(name=name)
