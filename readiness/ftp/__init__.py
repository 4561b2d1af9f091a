"""The package behind the command ``python -m readiness.ftp``. The server itself is in `readiness.servers.ftp`."""
