"""Helpers of the benches: describe the machine, make Markdown tables, and save them in RESULTS.md.

This module measures nothing.
"""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.figures import Figure, Goal, verdict

RESULTS = Path(__file__).parent / "RESULTS.md"
HEADER = "# Results\n\nThe last saved run of each bench; see README.md for what the tables say.\n"


def machine() -> str:
    """Return a line that describes this machine: its kernel, processor, cores, Python, and current load."""
    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
        model = found[1] if found else model
    release = re.match(r"[\d.]+\d", platform.release())
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    kernel = f"{platform.system()} {release[0] if release else platform.release()}"
    return f"{kernel}, {model}, {os.cpu_count()} cores, {python}{load}"


def markdown_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table whose cells are aligned right."""
    lines = [headers, ["---:"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def format_number(value: float) -> str:
    """Return a number as text. Numbers of 100 or more are rounded to whole numbers, others to three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


class Finding(NamedTuple):
    """What was found for a goal.

    Attributes:
        goal: the goal.
        found: the measured figure.
        quiet: False if other programs disturbed the measurement.
    """

    goal: Goal
    found: Figure
    quiet: bool = True


def targets(findings: Iterable[Finding]) -> str:
    """Return a Markdown table of targets. Each row says whether a goal is met, missed or not decided."""
    headers = ["target", "goal", "found", "quartiles", ""]
    return markdown_table(headers, [target_row(finding) for finding in findings])


def target_row(finding: Finding) -> list[str]:
    """Return the cells of one row in the table of targets."""
    goal, found, quiet = finding
    digits = ",.0f" if found.median >= 100 else ".3f" if abs(found.median) < 10 else ".1f"
    median, low, high = (format(value, digits) for value in found)
    return [goal.what, str(goal), f"{median} {goal.unit}".strip(), f"{low} to {high}", verdict(goal, found, quiet)]


def save(name: str, text: str) -> None:
    """Write the section `text` of the bench `name` into RESULTS.md. The old section of this bench is replaced."""
    old = RESULTS.read_text("utf-8") if RESULTS.exists() else HEADER
    head, *sections = re.split(r"^(?=## )", old, flags=re.MULTILINE)
    kept = {section.partition("\n")[0]: section.strip() for section in sections}
    kept[f"## {name}"] = f"## {name}\n\n{text.strip()}"
    RESULTS.write_text("\n\n".join([head.strip(), *kept.values()]) + "\n", encoding="utf-8")
