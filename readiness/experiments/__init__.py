"""Measurements, their recordings from a Linux machine, and the claims of chapter 11.

This package returns numbers and text. Charts are in `graphics`, and panels are in `widgets`.
"""
