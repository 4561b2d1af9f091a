"""The echo servers: one module for each way of waiting, all of one shape.

What they share is this shape and no code: a server is read from top to bottom, and two of them are compared by `diff`.
"""
