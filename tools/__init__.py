"""The tools that maintainers run: checks of lessons, modules and words; notebooks; the browser."""

from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
"""The course's folder."""
