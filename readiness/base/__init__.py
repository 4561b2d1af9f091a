"""Helpers that all other packages use: messages, child processes, servers in a thread or in a forked process.

This package contains nothing about a service, a measurement or an episode. It imports no other package of the course.
"""
