"""How a reader works the widgets of an episode.

The module `chapter_NN` has a function `episode_NNx` for each episode of chapter NN with widgets of its own. It gets the
episode, run from the top (`tools.browser.session.Lesson`), and asserts what its widgets then show.
"""

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any


def find(episode: str) -> Callable[[Any], None] | None:
    """Return the scenario of an episode, such as "06b", or None if it has none."""
    module = f"{__name__}.chapter_{episode[:2]}"
    if importlib.util.find_spec(module) is None:
        return None
    return getattr(importlib.import_module(module), f"episode_{episode}", None)
