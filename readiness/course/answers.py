"""What a learner writes in a lab, by its name: a function of a cell, or "Class.method".

A check names the answers that it judges. Other functions of the learner's that it needs may have stand-ins.
"""

import contextlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from readiness.base.code_location import is_cell

MISSING = object()


def find(names: Mapping[str, Any], answer: str) -> Any:
    """Return the function, class or method with this name, or None if there is none.

    Args:
        names: the names that the cells have defined.
        answer: such as "to_bits" or "LineDecoder.feed".
    """
    name, _dot, method = answer.partition(".")
    found = names.get(name)
    return inspect.getattr_static(found, method, None) if method else found


def files(names: Mapping[str, Any], answers: Iterable[str]) -> set[str]:
    """Return the names of the files of the cells in which the learner has written these answers."""
    found = [find(names, answer) for answer in answers]
    return {code.co_filename for each in found for code in _codes(each) if is_cell(code.co_filename)}


def _codes(found: Any) -> Iterator[Any]:
    """Yield the code of a function, or of each method that a class defines itself."""
    for each in vars(found).values() if isinstance(found, type) else [found]:
        with contextlib.suppress(Exception):  # no function of Python, or a learner's object that raises
            yield inspect.unwrap(getattr(each, "__func__", each)).__code__


@contextlib.contextmanager
def replaced(names: dict[str, Any], stand_ins: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Context manager: give these names other functions, and put the learner's back when the `with` block ends.

    Args:
        names: the names that the cells have defined. They are changed.
        stand_ins: the function for each name. A class in a name "Class.method" gets the method.
    """
    with contextlib.ExitStack() as stack:
        for answer, function in stand_ins.items():
            name, _dot, method = answer.partition(".")
            if not method:
                stack.callback(_put_back, names, name, names.get(name, MISSING))
                names[name] = function
            elif isinstance(owner := names.get(name), type):
                stack.callback(_put_back_method, owner, method, vars(owner).get(method, MISSING))
                setattr(owner, method, function)
        yield


def _put_back(names: dict[str, Any], name: str, before: Any) -> None:
    if before is MISSING:
        names.pop(name, None)
    else:
        names[name] = before


def _put_back_method(owner: type, method: str, before: Any) -> None:
    if before is MISSING:
        delattr(owner, method)
    else:
        setattr(owner, method, before)
