"""The labs' own functions: a check runs with them when it needs an answer that the learner has not yet written.

So a function that is not written costs the points of its own checks, and not those of the checks that only need it.
"""
