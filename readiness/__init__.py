"""What merely serves the course; what is taught stands in the notebooks' cells.

A room imports only from floors below it, from the ground up: words, worker, limits, descriptors, kernel, meter,
scancost, servers, background, clients, charts, panels.
"""
