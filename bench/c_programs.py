"""Compile the C programs of bench/c/ into bench/c/build/. The environment variable CC can name the compiler."""

import os
import subprocess
from pathlib import Path

from readiness.base.messages import UserError

C_FOLDER = Path(__file__).parent / "c"


def build_program(name: str) -> Path:
    """Compile the C program `name` if it is missing or older than its source, and return its path.

    Raises:
        UserError: The compiler is missing, or it failed.
    """
    source, program = C_FOLDER / f"{name}.c", C_FOLDER / "build" / name
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(exist_ok=True)
        compiler = os.environ.get("CC", "cc")
        try:
            subprocess.run([compiler, "-O2", "-Wall", "-o", program, source], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise UserError(
                f"“{compiler}” did not build {source.name}: install a C compiler, or name one in CC."
            ) from error
    return program
