"""Charts, diagrams and stories: figures that matplotlib draws from given numbers and texts.

This package measures nothing. It needs no notebook, and every figure can be written to a file.
"""
