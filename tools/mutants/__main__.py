"""Change the solution of a lab in many small ways, and show which changes pass all checks.

    python -m tools.mutants 05                      all mutants of lab 05; survivors are shown with their lines
    python -m tools.mutants 05 --cell talk          those of one cell
    python -m tools.mutants 05 --survivors          those that survived the last run, again
    python -m tools.mutants 05 --mutant ID          one mutant: its lines, and the message that it gets

A survivor needs a check that catches it, or a reason in `tests/course/equivalent_mutants.py`.
"""

import argparse
import importlib
import json
import sys
import tempfile
import time
from pathlib import Path

from readiness.course import labs
from tools.lessons import episode
from tools.mutants.mutate import Mutant, mutants
from tools.mutants.run import KILLED, Result, counts, run_all


def equivalents(number: str) -> dict[str, str]:
    """Return {id: why it is as right as the solution} of the mutants of a lab that need no check."""
    module = importlib.import_module("tests.course.equivalent_mutants")
    return dict(module.EQUIVALENT.get(number, {}))


def last_survivors(number: str) -> Path:
    """Return the file that holds the ids of the survivors of the last run of a lab."""
    return Path(tempfile.gettempdir()) / f"readiness-mutants-{number}.json"


def chosen(found: list[Mutant], options: argparse.Namespace) -> list[Mutant]:
    """Return the mutants that the command line asks for."""
    if options.mutant:
        return [mutant for mutant in found if mutant.id == options.mutant]
    if options.survivors and (file := last_survivors(options.number)).exists():
        ids = set(json.loads(file.read_text(encoding="utf-8")))
        found = [mutant for mutant in found if mutant.id in ids]
    return [mutant for mutant in found if options.cell in (None, mutant.cell)]


def describe(result: Result, reason: str = "") -> str:
    """Return the lines that show a result: its id, its lines, and the reason why it may survive."""
    head = f"{result.outcome}: {result.mutant.id}"
    return "\n".join([head, *([f"  equivalent: {reason}"] if reason else []), result.mutant.diff, ""])


def main() -> int:
    """Run the mutants that the command line names. Return 1 if one survives without a reason."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("number", help='number of the lab, such as "05" or "12-3"')
    parser.add_argument("--cell", help="only the mutants of this cell")
    parser.add_argument("--mutant", help="only the mutant with this id; its message is shown")
    parser.add_argument("--survivors", action="store_true", help="only those that survived the last run")
    parser.add_argument("--jobs", type=int, default=1, help="how many run at the same time")
    options = parser.parse_args()
    nb = episode.read(labs.find_notebook(episode.SOLUTIONS, options.number))
    found, reasons = chosen(mutants(nb), options), equivalents(options.number)
    if not found:
        parser.error("there is no such mutant")
    started, results = time.monotonic(), []
    for result in run_all(nb, found, options.jobs):
        results.append(result)
        if options.mutant or result.outcome != KILLED:
            print(describe(result, reasons.get(result.mutant.id, "")), flush=True)
        if options.mutant:
            print(f"{result.check}\n{result.message}")
    survivors = [result.mutant.id for result in results if result.outcome != KILLED]
    if not (options.cell or options.mutant):
        last_survivors(options.number).write_text(json.dumps(survivors), encoding="utf-8")
    print(f"Lab {options.number}: {summary(results, reasons)}, {time.monotonic() - started:.0f} seconds")
    return int(bool(set(survivors) - set(reasons)))


def summary(results: list[Result], reasons: dict[str, str]) -> str:
    """Return how many mutants there were, and what became of them."""
    known = sum(result.mutant.id in reasons for result in results if result.outcome != KILLED)
    parts = [f"{number} {outcome}" for outcome, number in counts(results).items()]
    return f"{len(results)} mutants, {', '.join(parts)}, {known} of them listed as equivalent"


if __name__ == "__main__":
    sys.exit(main())
