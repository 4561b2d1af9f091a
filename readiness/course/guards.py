"""What a learner's code must not do during a check, since it would end the kernel or wait for a person.

Calls of exit, quit and input raise an error, and a copy of the kernel ends at once. Each has its sentence, also if the
learner's code catches the error.
"""

import builtins
import contextlib
import getpass
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from readiness.base import forks
from readiness.base.code_location import choose_place, stack_places
from readiness.base.messages import _
from readiness.course import answers


class InputCalledError(RuntimeError):
    """The learner's code asks for something to be typed."""


class ExitCalledError(SystemExit):
    """The learner's code calls exit or quit."""


@contextlib.contextmanager
def guarded(names: dict[str, Any]) -> Iterator[list[str]]:
    """Context manager: refuse exit, quit, input and fork.

    Args:
        names: the names that the cells have defined. IPython adds its own exit and quit to them.

    Yields:
        A list of sentences. Each thing that was refused adds one.
    """
    sentences: list[str] = []
    with contextlib.ExitStack() as stack:
        for name in ("exit", "quit"):
            refuse_exit = _refuse(ExitCalledError, exit_sentence(f"{name}()"), sentences)
            if hasattr(builtins, name):
                stack.enter_context(_replaced(vars(builtins), name, refuse_exit))
            if type(names.get(name)).__name__.endswith("Autocall"):  # IPython's own; a learner may have another one
                stack.enter_context(_replaced(names, name, refuse_exit))
        text = _("Your code calls {name}(). Nothing is typed during a check: take what you need from the arguments.")
        for owner, name in ((builtins, "input"), (getpass, "getpass")):
            refuse_input = _refuse(InputCalledError, text.format(name=name), sentences)
            stack.enter_context(_replaced(vars(owner), name, refuse_input))
        forked = stack.enter_context(forks.forbidden())
        yield sentences
    if forked:
        text = _(
            "Your code forks this process (os.fork). The copy was ended at once: a copy of the kernel would run this "
            "notebook a second time.\n  at: {line}"
        )
        sentences.append(text.format(line=forked[0] or "?"))


def exit_sentence(name: str) -> str:
    """Return the sentence on a call that would end the kernel, such as "exit()"."""
    text = _("Your code calls {name}, which ends the whole program: here, the kernel. Return from the function.")
    return text.format(name=name)


def _refuse(error: type[BaseException], text: str, sentences: list[str]) -> Callable[..., NoReturn]:
    """Return a function that notes the text with the line of its caller, and raises the error with it."""

    def refuse(*_args: Any, **_named: Any) -> NoReturn:
        line = choose_place(stack_places(sys._getframe(1)))
        sentences.append(_("{text}\n  at: {line}").format(text=text, line=line or "?"))
        raise error(text)

    return refuse


@contextlib.contextmanager
def _replaced(names: dict[str, Any], name: str, value: Any) -> Iterator[None]:
    before = names[name]
    names[name] = value
    try:
        yield
    finally:
        if names.get(name) is value:
            names[name] = before


def coroutines(names: Mapping[str, Any], answer: tuple[str, ...]) -> str:
    """Return a sentence if one of the answers is written with ``async def``. Else return "".

    Args:
        names: the names that the cells have defined.
        answer: the names of the answers that the check judges.
    """
    for name in answer:
        found = answers.find(names, name)
        if inspect.iscoroutinefunction(found) or inspect.isasyncgenfunction(found):
            text = _("{name} is a coroutine: it is written with async def, so a call of it runs nothing. Write def.")
            return text.format(name=name)
    return ""


def generators(names: Mapping[str, Any], answer: tuple[str, ...]) -> list[str]:
    """Return a sentence for each of the answers that is a generator function: it may be why a check fails."""
    text = _("{name} contains yield: a call of it returns a generator, and runs nothing yet.")
    return [text.format(name=name) for name in answer if inspect.isgeneratorfunction(answers.find(names, name))]
