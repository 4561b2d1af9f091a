"""The standard modules `fcntl` and `resource`, each of which is None on a system without it.

Python has them on POSIX systems only. Import them from here, and test for None before use.
"""

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # callers test for None

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # callers test for None

__all__ = ["fcntl", "resource"]
