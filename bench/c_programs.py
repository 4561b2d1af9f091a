"""The C programs of this folder: built into build/ when they must be, with the compiler that CC names."""

import os
import subprocess
from pathlib import Path

from readiness.base.messages import UserError

HERE = Path(__file__).parent / "c"


def built(name: str) -> Path:
    """The program made of `name`.c, at least as new as its source. UserError: it can't be built."""
    source, program = HERE / f"{name}.c", HERE / "build" / name
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
