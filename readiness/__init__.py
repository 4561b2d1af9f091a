"""The package behind the course's notebooks; what is taught stands in the notebooks' cells.

Its packages: base, system, graphics, servers, experiments, clients, course, widgets. Each one imports
only from packages that stand before it in this list.
"""
