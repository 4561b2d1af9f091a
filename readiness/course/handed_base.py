"""The base class that a lab hands out: a class of the course without the methods that the learner writes.

With the course's own class as the base, an empty class would pass every check.
"""

import difflib
import functools
import inspect
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any, NoReturn, TypeVar

from readiness.base.messages import _
from readiness.base.unwritten import UnwrittenError

Base = TypeVar("Base", bound=type)


@functools.cache
def without_methods(base: Base, *names: str) -> Base:
    """Return a subclass of `base` whose named methods raise NotImplementedError.

    The sentence of the error names the learner's class, the method that it lacks, and the methods that it has instead.
    A call of ``super().name()`` in the learner's own method raises the error, too. If another method of the learner's
    calls the missing one, that line is at fault, and the error is an AttributeError. A second call returns the same:
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
        own = _own_classes(type(self), missing.handed_by)  # type: ignore[attr-defined]
        is_written = any(name in vars(each) for each in own)
        wrong_call = not is_written and _is_of(own, sys._getframe(1).f_code)
        raise (AttributeError if wrong_call else UnwrittenError)(_sentence(own, name, missing.handed_by))  # type: ignore[attr-defined]

    missing.__name__ = name
    missing.__qualname__ = name
    return missing


def _own_classes(kind: type, handed: type) -> tuple[type, ...]:
    """Return `kind` and its bases before the handed one. The learner's is the last; a check may derive from it."""
    return kind.__mro__[: kind.__mro__.index(handed)]


def _is_of(own: tuple[type, ...], code: CodeType) -> bool:
    """Return whether this is the code of a method of these classes."""
    methods = [method for each in own for method in vars(each).values() if inspect.isroutine(method)]
    return any(getattr(inspect.unwrap(method), "__code__", None) is code for method in methods)


def _sentence(own: tuple[type, ...], name: str, handed: type) -> str:
    """Return the sentence on a method that these classes lack, or call with super."""
    if not own:
        return _("{base}.{name} is yours to write, in a class of your own.").format(base=handed.__name__, name=name)
    learners = own[-1].__name__
    if any(name in vars(each) for each in own):
        text = _("{kind}.{name} calls super().{name}(), and the base class of this lab has no {name}: you write it.")
        return text.format(kind=learners, name=name)
    methods = {each.__name__: _methods(each) for each in own}
    with_methods = [kind for kind, has in methods.items() if has]
    for kind in with_methods:
        if similar := difflib.get_close_matches(name, methods[kind], 1):
            text = _("{kind} has no method {name}. It has {similar}: is the name misspelt?")
            return text.format(kind=kind, name=name, similar=similar[0])
    if len(with_methods) > 1:
        return _("None of {kinds} has a method {name}.").format(kinds=", ".join(with_methods), name=name)
    has = methods[learners]
    text = _("{kind} has no method {name}.").format(kind=learners, name=name)
    if has:
        return text + _(" It has {names} instead.").format(names=", ".join(has))
    return text + _(" It has no methods: is the def indented below the class?")


def _methods(kind: type) -> list[str]:
    """Return the names of the methods that stand in a class, without those of two underscores."""
    return [key for key, value in vars(kind).items() if inspect.isroutine(value) and not key.startswith("__")]
