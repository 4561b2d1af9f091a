"""Measure, record and replay: the cost of a wait, the claims of lesson 11, and the results recorded on Linux.

This package returns numbers and text. Charts are in `graphics`, and panels are in `widgets`.
"""
