"""Trials: twelve claims about select, poll and epoll, each with experiments that try it, and the ruling.

The claims stand in three files. Here they are heard: an experiment is run, or shown as a Linux machine recorded it.
"""

import ast
import inspect
import json
import textwrap
from typing import NamedTuple

from readiness.base.messages import UserError, _
from readiness.experiments import recordings, runner
from readiness.experiments.claims import arguments, costs, waiting
from readiness.experiments.claims.claim import VERDICTS, Claim, Evidence, Trial

ARGUMENTS, WAITING, COSTS = arguments.CLAIMS, waiting.CLAIMS, costs.CLAIMS
CLAIMS = (*ARGUMENTS, *WAITING, *COSTS)


class Found(NamedTuple):
    """What one experiment brought: its evidence, that in a sentence, whether it has the shape that the ruling rests on,
    and, where it was not run here, why not, and where it was recorded."""

    evidence: Evidence
    words: str
    holds: bool
    recorded: str


def attempt(trial: Trial) -> Found:
    """Run an experiment here, or take it from the recording where this machine can't."""
    if lacking := runner.missing_feature(*trial.needs):
        what = {"linux": "Linux", "fdinfo": "/proc/self/fdinfo"}.get(lacking, lacking)
        return look_up(trial, _("It needs {what}, which is not here.").format(what=what))
    try:
        return _found(trial, json.loads(json.dumps(trial.run())))
    except UserError as error:
        return look_up(trial, str(error))


def look_up(trial: Trial, reason: str = "") -> Found:
    """The same experiment as a Linux machine recorded it; `reason`: a sentence that says why it is not run here."""
    recording = recordings.load("trials")
    where = _("What you read was {machine}.").format(machine=recording.origin)
    return _found(trial, recording.data[trial.name], f"{reason} {where}".strip())


def _found(trial: Trial, evidence: Evidence, where: str = "") -> Found:
    return Found(evidence, trial.says.format(**evidence), trial.holds(evidence), where)


def everything() -> dict[str, Evidence]:
    """The evidence of every experiment, by the name of its function: what ``tools/notebooks/record.py`` keeps."""
    return {trial.name: trial.run() for claim in CLAIMS for trial in claim.trials}


def hear(claim: Claim) -> bool:
    """Print a claim, the evidence that decides it, and the ruling; gives whether the evidence holds."""
    found = attempt(claim.deciding)
    ruling = _("Ruling: {ruling}. {why}").format(ruling=VERDICTS[claim.ruling], why=claim.why)
    print(claim.words)
    for line in (found.words, found.recorded, ruling):
        if line:
            print(textwrap.fill(line, 100, initial_indent="    ", subsequent_indent="      "))
    print()
    return found.holds


def source(name: str) -> str:
    """The Python of an experiment, to be pasted into a cell and changed, with the imports that it needs.

    `name`: the key of the claim that it decides, or the name of its function.
    """
    trials = {trial.name: trial for claim in CLAIMS for trial in claim.trials}
    trials |= {claim.key: claim.deciding for claim in CLAIMS}
    if name not in trials:
        keys = ", ".join(claim.key for claim in CLAIMS)
        raise UserError(_("There is no experiment {name!r}: choose among {keys}.").format(name=name, keys=keys))
    run = trials[name].run
    text = inspect.getsource(run).replace(" -> Evidence", "")
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)} & set(run.__globals__)
    return "\n".join([*_imports({name: run.__globals__[name] for name in sorted(used)}), "", "", text])


def _imports(things: dict[str, object]) -> list[str]:
    """The lines that bring modules, and what stands in one."""
    plain, places = [], {}
    for name, thing in things.items():
        whole = thing.__name__ if inspect.ismodule(thing) else f"{thing.__module__}.{name}"
        place, _dot, last = whole.rpartition(".")
        if place:
            places.setdefault(place, []).append(last)
        else:
            plain.append(f"import {last}")
    return plain + [f"from {place} import {', '.join(names)}" for place, names in sorted(places.items())]
