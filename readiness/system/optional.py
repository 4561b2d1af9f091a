"""The standard modules `fcntl`, `resource` and `termios`. Each is None on a system that does not have the module.

Python has these modules on POSIX systems only. Import them from here, and compare with None before use.
"""

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # callers test for None

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # callers test for None

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]  # callers test for None

__all__ = ["fcntl", "resource", "termios"]
