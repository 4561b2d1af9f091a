"""The startup file of the kernels that the course's JupyterLab starts. IPython runs it before the first cell.

The launcher names it in the environment variable PYTHONSTARTUP. A kernel of another Python, without this package, and a
Python in a terminal run it, too: for them it does nothing.
"""

try:
    get_ipython  # type: ignore[name-defined]  # noqa: B018  # IPython's own builtin
    from readiness.course.hints import add_hints
    from readiness.course.progress import record_episodes

    add_hints(get_ipython())  # type: ignore[name-defined]
    record_episodes(get_ipython())  # type: ignore[name-defined]
    del add_hints, record_episodes
except (ImportError, NameError):
    pass
