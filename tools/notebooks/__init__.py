"""Tools that write notebooks: freeze lessons and solutions, derive labs, record experiments."""
