"""Mutants of the labs' solutions: small changes, each of which a check of the lab must catch.

A mutant that passes all checks of its lab is a survivor: a check is missing, or the mutant is as right as the solution.
"""
