"""The build hook: a wheel brings the episodes, the labs and their solutions, inside the package.

An editable installation gets none of it. It finds them in the cloned folder.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("notebooks", "labs", "solutions")


class LessonsHook(BuildHookInterface):
    """Hatchling calls `initialize` before it builds a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders to the wheel. `version` is "standard" or "editable"."""
        if version == "standard":
            build_data["force_include"].update({folder: f"readiness/lessons/{folder}" for folder in FOLDERS})
