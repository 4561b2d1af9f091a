"""The base class that a lab hands out: a class of the course without the methods that the learner writes.

With the course's own class as the base, an empty class would pass every check.
"""

import difflib
import functools
import inspect
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from readiness.base.messages import _
from readiness.base.unwritten import UnwrittenError

Base = TypeVar("Base", bound=type)


@functools.cache
def without_methods(base: Base, *names: str) -> Base:
    """Return a subclass of `base` whose named methods raise NotImplementedError.

    The sentence of the error names the learner's class, the method that it lacks, and the methods that it has instead.
    A call of ``super().name()`` in the learner's own method raises the error, too. A second call returns the same:
    the learner's classes still fit together after the setup has run again.

    Args:
        base: the course's class.
        names: the names of the methods that the learner writes.

    Raises:
        AttributeError: `base` has no such method.
    """
    for name in names:
        getattr(base, name)
    missing = {name: _missing_method(name) for name in names}
    namespace = {"__module__": base.__module__, "__qualname__": base.__qualname__, "__doc__": base.__doc__}
    handed = type(base)(base.__name__, (base,), {**namespace, **missing})
    for method in missing.values():
        method.handed_by = handed  # type: ignore[attr-defined]
    return handed


def _missing_method(name: str) -> Callable[..., NoReturn]:
    def missing(self: Any, *_args: Any, **_named: Any) -> NoReturn:
        raise UnwrittenError(_sentence(type(self), name, missing.handed_by))  # type: ignore[attr-defined]

    missing.__name__ = name
    missing.__qualname__ = name
    return missing


def _sentence(kind: type, name: str, handed: type) -> str:
    """Return the sentence on a method that the classes between `kind` and the handed base lack, or call with super."""
    own = kind.__mro__[: kind.__mro__.index(handed)]  # the learner's class is the last; a check may derive from it
    if not own:
        return _("{base}.{name} is yours to write, in a class of your own.").format(base=handed.__name__, name=name)
    learners = own[-1].__name__
    if any(name in vars(each) for each in own):
        text = _("{kind}.{name} calls super().{name}(), and the base class of this lab has no {name}: you write it.")
        return text.format(kind=learners, name=name)
    has = [key for key, value in vars(own[-1]).items() if inspect.isroutine(value) and not key.startswith("__")]
    text = _("{kind} has no method {name}.").format(kind=learners, name=name)
    if similar := difflib.get_close_matches(name, has, 1):
        return text + _(" It has {similar}: is the name misspelt?").format(similar=similar[0])
    if has:
        return text + _(" It has {names} instead.").format(names=", ".join(has))
    return text + _(" It has no methods: is the def indented below the class?")
