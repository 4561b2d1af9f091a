"""Tools for the labs: run a lab's cells with other answers in them, and collapse its checks.

They read and write `solutions/`. What a lab teaches and how it judges is in its notebook.
"""
