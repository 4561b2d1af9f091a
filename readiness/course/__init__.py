"""The course's own machinery: labs, their checks, the launcher, and how JupyterLab reads the notebooks.

It teaches nothing itself. The lessons are in notebooks/, the labs are derived from solutions/.
"""
