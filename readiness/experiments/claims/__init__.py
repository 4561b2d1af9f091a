"""Twelve claims about select, poll and epoll. Each has experiments that test it, and a ruling (true, false, half true).

The claims are in three modules of this package. This module runs an experiment or loads its recording, and prints a
claim with its evidence and ruling. Evidence means the values that an experiment returned.
"""

import ast
import inspect
import json
import textwrap
from typing import NamedTuple

from readiness.base.messages import UserError, _
from readiness.experiments import recordings, runner
from readiness.experiments.claims import arguments, costs, waiting
from readiness.experiments.claims.claim import VERDICTS, Claim, Evidence, Experiment

ARGUMENTS, WAITING, COSTS = arguments.CLAIMS, waiting.CLAIMS, costs.CLAIMS
CLAIMS = (*ARGUMENTS, *WAITING, *COSTS)


class ExperimentResult(NamedTuple):
    """The result of one experiment.

    Attributes:
        evidence: the values that the experiment returned.
        summary: a sentence that contains the evidence.
        supports_ruling: whether the evidence agrees with the ruling on the claim.
        origin: why the experiment was not run on this machine, and where it was recorded; empty if it was run here.
    """

    evidence: Evidence
    summary: str
    supports_ruling: bool
    origin: str


def run_experiment(experiment: Experiment) -> ExperimentResult:
    """Run an experiment on this machine, or load the experiment's recording if this machine can't run it."""
    if lacking := runner.missing_feature(*experiment.requires):
        what = {"linux": "Linux", "fdinfo": "/proc/self/fdinfo"}.get(lacking, lacking)
        return load_recorded(experiment, _("It needs {what}, which is not here.").format(what=what))
    try:
        return _result(experiment, json.loads(json.dumps(experiment.run())))
    except UserError as error:
        return load_recorded(experiment, str(error))


def load_recorded(experiment: Experiment, reason: str = "") -> ExperimentResult:
    """Return the recorded result of an experiment.

    Args:
        experiment: one of the experiments of a claim.
        reason: a sentence that says why the experiment is not run on this machine. The `origin` of the result begins
            with it.
    """
    recording = recordings.load("claims")
    origin = _("What you read was {machine}.").format(machine=recording.origin)
    return _result(experiment, recording.data[experiment.name], f"{reason} {origin}".strip())


def _result(experiment: Experiment, evidence: Evidence, origin: str = "") -> ExperimentResult:
    summary = experiment.summary_format.format(**evidence)
    return ExperimentResult(evidence, summary, experiment.supports_ruling(evidence), origin)


def run_all() -> dict[str, Evidence]:
    """Run every experiment of every claim. Return the evidence of each experiment, by the experiment's name."""
    return {experiment.name: experiment.run() for claim in CLAIMS for experiment in claim.experiments}


def present(claim: Claim) -> bool:
    """Run the experiment that decides a claim, and print the claim, a summary of the evidence, and the ruling.

    A claim of `CLAIMS` is printed with its number, from 1 on.

    Returns:
        Whether the evidence supports the ruling.
    """
    result = run_experiment(claim.deciding_experiment)
    ruling = _("Ruling: {ruling}. {why}").format(ruling=VERDICTS[claim.ruling], why=claim.explanation)
    number = f"{CLAIMS.index(claim) + 1}. " if claim in CLAIMS else ""
    print(number + claim.text)
    for line in (result.summary, result.origin, ruling):
        if line:
            print(textwrap.fill(line, 100, initial_indent="    ", subsequent_indent="      "))
    print()
    return result.supports_ruling


def experiment_source(name: str) -> str:
    """Return the Python source of an experiment's function, with the imports that it needs, to paste into a cell.

    Args:
        name: the name of the experiment's function, or the key of a claim. A key means the experiment that decides the
            claim.

    Raises:
        UserError: No experiment and no claim has this name.
    """
    experiments = {experiment.name: experiment for claim in CLAIMS for experiment in claim.experiments}
    experiments |= {claim.key: claim.deciding_experiment for claim in CLAIMS}
    if name not in experiments:
        keys = ", ".join(claim.key for claim in CLAIMS)
        raise UserError(_("There is no experiment {name!r}: choose among {keys}.").format(name=name, keys=keys))
    run = experiments[name].run
    text = inspect.getsource(run).replace(" -> Evidence", "")
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)} & set(run.__globals__)
    return "\n".join([*_imports({name: run.__globals__[name] for name in sorted(used)}), "", "", text])


def _imports(objects: dict[str, object]) -> list[str]:
    """Return the import statements that define the given objects, which are modules or objects defined in modules."""
    plain: list[str] = []
    members: dict[str, list[str]] = {}
    for name, thing in objects.items():
        full_name = thing.__name__ if inspect.ismodule(thing) else f"{thing.__module__}.{name}"
        module, _dot, last = full_name.rpartition(".")
        if module:
            members.setdefault(module, []).append(last)
        else:
            plain.append(f"import {last}")
    return plain + [f"from {module} import {', '.join(names)}" for module, names in sorted(members.items())]
