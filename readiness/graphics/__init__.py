"""Charts, diagrams and stories: pictures that matplotlib draws from numbers that it is handed.

It measures nothing, and it needs no notebook: every picture can be written to a file.
"""
