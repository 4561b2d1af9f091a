"""Which ipywidgets the panels need. Some notebook services come with an older one: there a cell says what to do."""

import re

import ipywidgets

from readiness.base.messages import UserError, _

OLDEST = (8, 1)
"""As in pyproject.toml. With ipywidgets 7 a panel can't be made."""


def require_ipywidgets(version: str = ipywidgets.__version__) -> None:
    """Check that the kernel's ipywidgets is new enough for the panels.

    Args:
        version: the version of ipywidgets, such as "8.1.7".

    Raises:
        UserError: It is too old.
    """
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST:
        text = _(
            "The panels need ipywidgets {oldest} or newer, and this kernel has {version}: run"
            " `%pip install -U ipywidgets` in a cell, restart the kernel, and run the cells again."
        )
        raise UserError(text.format(oldest=".".join(map(str, OLDEST)), version=version))
