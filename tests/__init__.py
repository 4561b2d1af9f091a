"""The tests, in folders that mirror the packages of `readiness`; `course` tests the notebooks, `project` the rest."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the whole project."""
