"""The tools that maintainers run: checks of lessons and modules, notebooks (freeze, derive, record), the browser."""

from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
"""The course's folder."""
