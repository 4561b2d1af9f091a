"""The startup file of the kernels that the course's JupyterLab starts. IPython runs it before the first cell.

The launcher names it in the environment variable PYTHONSTARTUP. A kernel of another Python, without this package, and a
Python in a terminal run it, too: for them it does nothing.
"""

try:
    get_ipython  # type: ignore[name-defined]  # noqa: B018  # IPython's own builtin
    from readiness.course.hints import explain_missing_names

    explain_missing_names(get_ipython())  # type: ignore[name-defined]
    del explain_missing_names
except (ImportError, NameError):
    pass
