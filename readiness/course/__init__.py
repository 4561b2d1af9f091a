"""Labs and their checks, the launcher of JupyterLab, and how JupyterLab opens the notebooks.

This package teaches nothing itself. The episodes are in notebooks/, and the labs are derived from solutions/.
"""
