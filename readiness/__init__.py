"""The package of "Who's Ready?": what the notebooks run. ARCHITECTURE.md shows its packages and their layers.

It holds no episode: what is taught stands in the notebooks' cells. Nothing is imported here.
"""
