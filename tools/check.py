"""Run all checks that need no run of a lesson or a test: `make check`.

    python -m tools.check [step ...]      all of STEPS if none is named

Several steps run at the same time, as many as the machine has processors. CI runs this command before the tests, and
`.pre-commit-config.yaml` runs it before a commit.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from tools import COURSE

LAYERS = "import sys; from importlinter.cli import lint_imports_command as main; sys.exit(main())"
STEPS = {
    "types": ("-m", "mypy"),
    "style": ("-m", "ruff", "check"),
    "format": ("-m", "ruff", "format", "--check"),
    "layers": ("-c", LAYERS, "--no-cache"),
    "words": ("-m", "tools.check_words"),
    "lessons": ("-m", "tools.check_lessons"),
    "map": ("-m", "tools.course_map"),
    "modules": ("-m", "tools.check_modules"),
    "labs": ("-m", "tools.notebooks.derive_labs", "--check"),
    "notebooks": ("-m", "tools.notebooks.freeze", "--check"),
}
"""For each step, the arguments of the Python process that runs it. The step fails if the exit code is not 0."""


def run(step: str) -> tuple[str, str, float]:
    """Run the step with the name `step`, a key of `STEPS`.

    Returns:
        The name, the output of the step if it failed (an empty string if it passed), and the seconds that it took.
    """
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *STEPS[step]], cwd=COURSE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    output = (done.stdout.strip() or f"exit code {done.returncode}") if done.returncode else ""
    return step, output, time.perf_counter() - started


def main(arguments: list[str] | None = None) -> int:
    """Run the steps that the command line names, and print one line for each, with its output if it failed.

    Args:
        arguments: the command line without the program's name; None for the command line of this process.

    Returns:
        The exit code: 1 if a step failed, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.check", description="Run the cheap checks.")
    parser.add_argument("steps", nargs="*", metavar="step", help=f"one of {', '.join(STEPS)}; all of them if omitted")
    options = parser.parse_args(arguments)
    if unknown := [step for step in options.steps if step not in STEPS]:
        parser.error(f"there is no step {', '.join(unknown)}: choose from {', '.join(STEPS)}")
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for finished in as_completed([pool.submit(run, step) for step in options.steps or STEPS]):
            step, output, seconds = finished.result()
            print(f"{step:10} {'failed' if output else 'ok':6} {seconds:5.1f} s", flush=True)
            if output:
                failed += 1
                print(output, flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
