"""Charts, diagrams and stories: figures that matplotlib draws from given numbers and texts.

A story is a sequence of figures with explanations. This package measures nothing, and needs no notebook.
"""
