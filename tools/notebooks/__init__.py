"""Tools that write notebooks: they execute and freeze lessons and solutions, derive labs, and record experiments."""
