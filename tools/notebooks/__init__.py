"""Tools that write notebooks: execute, normalize and freeze lessons and solutions, derive labs, record experiments."""
