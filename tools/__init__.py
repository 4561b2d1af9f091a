"""The tools that maintainers run: checks of lessons and modules, notebooks (freeze, derive, record), the browser."""
