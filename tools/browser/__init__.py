"""Tools that open the course in a real browser: screenshots and the README's picture."""
