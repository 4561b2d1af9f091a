"""Helpers of the benches: describe the machine, make Markdown tables, and save them in RESULTS.md.

This module measures nothing.
"""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

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


def targets(rows: Iterable[tuple[str, str, str, bool]]) -> str:
    """Return a Markdown table of targets, with the word “met” or “missed” in each row.

    Args:
        rows: tuples (what is measured, the goal, the measured value, True if the goal is met).
    """
    return markdown_table(
        ["target", "goal", "found", ""],
        [[what, goal, measured, "met" if met else "**missed**"] for what, goal, measured, met in rows],
    )


def save(name: str, text: str) -> None:
    """Write the section `text` of the bench `name` into RESULTS.md. The old section of this bench is replaced."""
    old = RESULTS.read_text("utf-8") if RESULTS.exists() else HEADER
    head, *sections = re.split(r"^(?=## )", old, flags=re.MULTILINE)
    kept = {section.partition("\n")[0]: section for section in sections}
    kept[f"## {name}"] = f"## {name}\n\n{text.strip()}\n\n"
    RESULTS.write_text((head.rstrip() + "\n\n" + "".join(kept.values())).rstrip() + "\n", encoding="utf-8")
