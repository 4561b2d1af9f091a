"""Tools for the maintainers of the course: check lessons, modules and words, write notebooks, use a browser."""

from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
"""The course's folder."""
