"""The learner's progress: which episodes were run to their end, and which checks of the labs have passed.

Each kernel of the course's JupyterLab records its episode (`course.kernel_startup`). Another Jupyter records the labs
only. The notes are kept by `progress_store`.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

from readiness.base.messages import _
from readiness.course import progress_store
from readiness.course.course_folder import nearest_copy, original_root
from readiness.course.course_update import is_own
from readiness.course.hints import NOTEBOOK_ENV

FIRST_EPISODE = "00a"  # it shows the progress, so its reader knows it
EPISODE_NAME = r"(\d\d[a-z])-.+\.ipynb"


def record_episodes(shell: Any) -> None:
    """Record in the progress file when the last code cell of this kernel's episode has run without an error.

    Args:
        shell: the kernel's IPython shell (`InteractiveShell`).
    """
    shell.events.register("post_run_cell", _on_cell_run)


def _on_cell_run(result: Any) -> None:
    """Record the episode if the cell was its last one. IPython calls this with an `ExecutionResult`."""
    path = Path(os.environ.get(NOTEBOOK_ENV, ""))
    name = re.fullmatch(EPISODE_NAME, path.name)
    cell_id = getattr(result.info, "cell_id", None)
    if name and cell_id and result.success and cell_id == _last_code_cell(path):
        progress_store.record_episode(name[1])


def _last_code_cell(path: Path) -> str:
    """Return the id of the last code cell of a notebook, or an empty text if the file is no notebook.

    What stands after the key points is optional, and is not counted.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        end = next((n for n, cell in enumerate(cells) if cell.get("id") == "key-points"), len(cells))
        return [cell for cell in cells[:end] if cell["cell_type"] == "code"][-1]["id"]
    except (OSError, ValueError, TypeError, LookupError):
        return ""


def _title(path: Path) -> str:
    """Return the title of an episode, its first heading. Return the name of its file if it has none."""
    try:
        text = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        return text.splitlines()[0].removeprefix("# ")
    except (OSError, ValueError, TypeError, LookupError):
        return path.stem


class Overview:
    """What a learner has done, as a text and as Markdown with links, for the episode that shows the map.

    Attributes:
        episodes: the path of each episode, by its number, in their order.
        run: the numbers of the episodes that were run to their end, in their order.
    """

    def __init__(self, episodes: dict[str, Path], run: set[str]) -> None:
        self.episodes = episodes
        self.run = [number for number in episodes if number in run]

    def _text(self, with_link: bool) -> str:
        count = _("Episodes run to the end: {n} of {all}").format(n=len(self.run), all=len(self.episodes))
        lines = [": ".join(filter(None, (count, ", ".join(self.run)))) + "."]
        if left := [number for number in self.episodes if number not in self.run]:
            path = self.episodes[left[0]]
            title = f"[{_title(path)}]({path.name})" if with_link else _title(path)
            lines.append(_("Go on with {number}: {title}.").format(number=left[0], title=title))
        return "\n\n".join([*lines, *progress_store.summary().split("\n")])

    def __repr__(self) -> str:
        return self._text(with_link=False).replace("\n\n", "\n")

    def _repr_markdown_(self) -> str:
        return self._text(with_link=True)


def overview() -> Overview:
    """Return what the learner has done in the episodes and labs."""
    root = nearest_copy() or original_root()
    paths = [path for path in sorted((root / "notebooks").glob("*.ipynb")) if not is_own(path)]
    episodes = {name[1]: path for path in paths if (name := re.fullmatch(EPISODE_NAME, path.name))}
    return Overview(episodes, {FIRST_EPISODE, *progress_store.episodes_run()})
