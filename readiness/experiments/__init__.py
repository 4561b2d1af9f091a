"""Measure, record and replay: the cost of a wait, the claims of lesson 11, and the results recorded on Linux.

It returns numbers and text. Charts are in `graphics`, and what a learner clicks is in `widgets`.
"""
