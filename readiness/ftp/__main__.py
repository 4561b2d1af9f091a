"""The command ``python -m readiness.ftp --root DIR``: serve the directory DIR by FTP (see `readiness.servers.ftp`)."""

import sys

from readiness.servers.ftp.__main__ import main

sys.exit(main())
