"""The command ``python -m readiness.ftp``; the server itself is `readiness.servers.ftp`."""
