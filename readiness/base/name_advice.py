"""Say where a name belongs that a NameError or an AttributeError did not find: what stands before its dot, or does not.

This module reads the variables of the function that raised the error. It runs nothing of the learner's.
"""

import builtins
import difflib
import dis
import inspect
import linecache
import re
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from enum import EnumMeta
from types import CodeType, FrameType, ModuleType
from typing import Any

from readiness.base.code_location import is_library, last_expression
from readiness.base.messages import _

MAX_DEPTH = 3
"""How many names the longest path has: self.server.timers has three."""

ACCEPTED = ("sock", "address")
"""What accept(2) returns has these names in the labs, so a path to an attribute with such a name is seldom meant."""


CONTAINERS = (list, set, dict, bytearray, deque)
CONTAINER_METHODS = {name for kind in CONTAINERS for name in dir(kind) if not name.startswith("_")}


def name_advice(error: BaseException) -> str:
    """Return a sentence on an attribute's owner that is missing, wrong or superfluous, or on a misspelt attribute.

    Args:
        error: what was raised. A NameError, or an AttributeError, also of a function or class of the notebook that
            has the name of an attribute.

    Returns:
        The sentence, or "" if nothing is known, and for any other error.
    """
    pairs = list(traceback.walk_tb(error.__traceback__))
    frames = [frame for frame, _number in pairs]
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        own = [frame for frame in frames if not is_library(frame.f_code.co_filename)]
        return _of_module(own, error.obj, error.name or "") if own else ""
    if isinstance(error, AttributeError) and isinstance(error.obj, EnumMeta):
        return _of_enum(error.obj)
    if not frames or is_library(frames[-1].f_code.co_filename):
        return ""
    if isinstance(error, NameError):
        name = undefined_name(error)
        if _is_assigned(*pairs[-1], name):
            return ""
        return _missing_owner(
            _variables(frames), [name], frames[-1].f_code.co_names, _modules_with(pairs[-1][0], name, r"\((?!\s*\))")
        )
    if not isinstance(error, AttributeError) or (error.obj is None and "'NoneType' " not in str(error)):
        return ""  # some errors of C code do not have the object
    variables = _variables(frames)
    names = frames[-1].f_globals
    if inspect.isroutine(error.obj) or inspect.isclass(error.obj):
        same = [name for name in frames[-1].f_code.co_names if names.get(name) is error.obj]
        if advice := _missing_owner(variables, same, frames[-1].f_code.co_names):
            return advice
    own_names = {name for name, value in names.items() if not isinstance(value, ModuleType)}
    return _wrong_owner(error, variables, own_names, frames[-1].f_code)


def undefined_name(error: NameError) -> str:
    """Return the name that a NameError did not find. Python 3.11 does not give an UnboundLocalError its name."""
    quoted = re.search(r"'(\w+)'", str(error))
    return error.name or (quoted[1] if quoted else "")


def likely_name(error: NameError) -> str:
    """Return a question on what a name that was not found may mean: a module's or a similar one. Else return ""."""
    frames = [frame for frame, _number in traceback.walk_tb(error.__traceback__)]
    missing = undefined_name(error)
    if not frames or not missing:
        return ""
    if modules := _modules_with(frames[-1], missing):
        text = _("{module} has a name {name}: is `{module}.` missing?")
        if len(modules) > 1:
            text = _("{modules} have a name {name}: is one of them missing before it?")
        return text.format(modules=_listed(modules), name=missing, module=modules[0])
    known = vars(builtins) | frames[-1].f_globals | dict(_variables(frames))
    usable = [name for name, value in known.items() if name[0] != "_" and not isinstance(value, ModuleType)]
    usable = sorted(name for name in usable if name[0].isupper() == missing[0].isupper())  # no KeyError for an error
    similar = difflib.get_close_matches(missing, usable, 1, 0.75)
    text = _("There is a name {similar}: is {missing} misspelt?")
    return text.format(similar=similar[0], missing=missing) if similar else ""


def _modules_with(frame: FrameType, name: str, call: str = r"\(") -> list[str]:
    """Return the imported modules that have this name: a constant in capitals, or a function that the line calls.

    The course's own modules are left out: most are for its checks. `call` is a pattern of what follows the name.
    """
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals)
    is_called = re.search(rf"(?<![.\w]){re.escape(name)}{call}", line)
    modules = [each for each in frame.f_globals.items() if each[0][0] != "_" and isinstance(each[1], ModuleType)]
    found = [key for key, module in modules if hasattr(module, name) and not module.__name__.startswith("readiness.")]
    return found if name.isupper() or is_called else []


def _listed(names: list[str]) -> str:
    """Return names as a list in words: "a, b and c"."""
    return _(" and ").join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _variables(frames: list[FrameType]) -> list[tuple[str, Any]]:
    """Return the names and values of the local variables, the parameters first, also those around a comprehension."""
    found: dict[str, Any] = {}
    for frame in reversed(frames):
        found = {name: frame.f_locals[name] for name in frame.f_code.co_varnames if name in frame.f_locals} | found
        if frame.f_code.co_name not in ("<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"):
            break
    return [(name, value) for name, value in found.items() if name.isidentifier()]


def _is_assigned(frame: FrameType, number: int, name: str) -> bool:
    """Return whether the frame's function gives the name a value in another line than this one.

    Then it is a variable of the function that has no value yet. `limit += 1` alone may mean an attribute.
    """
    stores = (each for each in dis.get_instructions(frame.f_code) if each.opname.startswith(("STORE_FAST", "STORE_DE")))
    lines = [each.positions and each.positions.lineno for each in stores if name in _names(each.argval)]
    return any(line != number for line in lines)


def _names(argument: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of an instruction: Python 3.13 has some with two."""
    return argument if isinstance(argument, tuple) else (argument,)


def _of_module(own: list[FrameType], module: ModuleType, attribute: str) -> str:
    """Return a question if a module stands where a variable or an attribute with its name may be meant."""
    if difflib.get_close_matches(attribute, dir(module), 1, 0.75):
        return ""
    variables, frame = _variables(own), own[-1]
    for name in frame.f_code.co_names:
        if frame.f_globals.get(name) is module and (owners := _owners(variables, name, frame.f_code.co_names)):
            text = _("Here `{name}` is the module. Is a variable with another name meant, or `{owner}.{name}`?")
            return text.format(name=name, owner=owners[0][0])
    return ""


def _of_enum(kind: EnumMeta) -> str:
    """Return a sentence with the names of an enumeration. Python 3.11 raises its AttributeError in the module enum."""
    return _("{name} has these names: {members}.").format(name=kind.__name__, members=", ".join(kind.__members__))


def _missing_owner(
    variables: list[tuple[str, Any]], names: list[str], used: tuple[str, ...], modules: Iterable[str] = ()
) -> str:
    """Return a question if one of these names is an attribute of a local variable, or of an attribute of one.

    A module that has the name is more likely than an object that only another object keeps.
    """
    for name in filter(None, names):
        owners = [path for path, _owner in _owners(variables, name, used)]
        if owners and modules:
            owners = [*modules, *(path for path in owners if "." not in path)]
        if owners and not (name in ACCEPTED and "." in owners[0]):
            if len(owners) > 1:
                text = _("{paths} have an attribute {name}: is one of them missing before the name?")
                return text.format(paths=_listed(owners), name=name)
            return _("{parameter} has an attribute {name}: is `{parameter}.` missing?").format(
                parameter=owners[0], name=name
            )
    return ""


def _wrong_owner(error: AttributeError, variables: list[tuple[str, Any]], names: set[str], code: CodeType) -> str:
    """Return a sentence if the name stands alone, belongs to another object, or is misspelt."""
    name, path = error.name or "", last_expression(error)[1].rpartition(".")[0]
    if isinstance(error.obj, super):  # it finds what a class defines, and not what an object keeps
        same = [
            owner for owner, value in variables if value is getattr(error.obj, "__self__", None) and _has(value, name)
        ]
        text = _("{owner} has an attribute {name}: write `{owner}.{name}`.")
        return text.format(owner=same[0], name=name) if same else ""
    if not re.fullmatch(r"[A-Za-z_][\w.]*", path):
        return ""
    if str(error).startswith("'NoneType' "):
        return _("{path} is None here.").format(path=path)
    if name in code.co_varnames:  # perhaps the name of an except that has ended: it has no value any more
        text = _("{name} is a variable of this function: write it without `{path}.`.")
        return text.format(name=name, path=path)
    if type(error.obj).__module__ == "builtins":  # a list or a number is here by mistake: its name is the right one
        return ""
    owners = _owners(variables, name, (*path.split("."), *code.co_names))
    if name in CONTAINER_METHODS:
        owners = [owner for owner in owners if not isinstance(owner[1], CONTAINERS)]
    if owners:
        if any(_attributes_of(owner).get(name) is error.obj for _path, owner in owners):
            return _("{path} is the {name} itself: write `{path}`.").format(path=path, name=name)
        if len(owners) > 1:
            paths = _listed([owner for owner, _value in owners])
            return _("{path} has no attribute {name}, but {paths} have one.").format(path=path, name=name, paths=paths)
        text = _("{owner} has an attribute {name}: write `{owner}.{name}`.")
        if name in CONTAINER_METHODS:  # other objects have one of this name, too: it may not be meant
            text = _("{path} has no attribute {name}, but {owner} has one.")
        return text.format(path=path, owner=owners[0][0], name=name)
    if name in names:
        text = _("{name} is no attribute of {path}: write it without `{path}.`.")
        return text.format(name=name, path=path)
    similar = difflib.get_close_matches(name, sorted(_attributes(error.obj)), 1, 0.75)
    text = _("{path} has an attribute {similar}: is the name misspelt?")
    return text.format(path=path, similar=similar[0]) if similar else ""


def _owners(variables: list[tuple[str, Any]], name: str, used: Iterable[str]) -> list[tuple[str, Any]]:
    """Return the objects with this attribute and their shortest paths: local variables, or what they keep.

    Args:
        variables: the local variables.
        name: the name of the attribute.
        used: names that the function uses. A path such as "self.data" comes first if all its names are among them.

    Returns:
        A list of (path, object), with one path for each object.
    """
    used, found = {*used}, variables
    for _depth in range(MAX_DEPTH):
        if owners := [(path, value) for path, value in found if _has(value, name)]:
            owners.sort(key=lambda owner: len({*owner[0].split(".")[1:]} - used))
            return list({id(owner[1]): owner for owner in reversed(owners)}.values())[::-1]
        found = [(f"{path}.{key}", value) for path, owner in found for key, value in _public(owner)]
    return []


def _public(owner: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes that an object keeps itself. A list or a number has many methods: it is left out."""
    for name, value in {} if isinstance(owner, ModuleType | type) else _attributes_of(owner).items():
        if not name.startswith("_") and type(value).__module__ != "builtins":
            yield name, value


def _attributes_of(owner: Any) -> dict[str, Any]:
    """Return what an object keeps itself. No `__getattr__` of a learner's is called."""
    try:
        own: dict[str, Any] = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return {}
    return own


def _has(value: Any, name: str) -> bool:
    """Return whether an object has an attribute. No property is called."""
    return name in _attributes_of(value) or inspect.getattr_static(type(value), name, None) is not None


def _attributes(owner: Any) -> set[str]:
    """Return the names of the attributes of an object, without those that begin with an underscore."""
    return {name for name in {*_attributes_of(owner), *dir(type(owner))} if not name.startswith("_")}
