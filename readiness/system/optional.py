"""The standard modules that not every system has: each is None where it is missing.

``fcntl`` and ``resource`` come with POSIX systems only. Import them from here, and test for None before use.
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
