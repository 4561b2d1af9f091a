"""The C programs of this folder: built into build/ when they must be, with the compiler that CC names."""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def built(name: str) -> Path:
    """The program made of `name`.c, at least as new as its source."""
    source, program = HERE / f"{name}.c", HERE / "build" / name
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(exist_ok=True)
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-Wall", "-o", program, source], check=True)
    return program
