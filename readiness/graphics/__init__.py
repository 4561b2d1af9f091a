"""Charts, diagrams and stories: figures that matplotlib draws from the numbers that it receives.

The package measures nothing, and needs no notebook: every figure can be written to a file.
"""
