"""System calls, descriptors and their states, limits, and what /proc shows.

This package asks the kernel and reports the answer. It measures no time and draws nothing.
"""
