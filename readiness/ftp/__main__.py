"""``python -m readiness.ftp --root DIR``: run the FTP server (see `readiness.servers.ftp`)."""

import sys

from readiness.servers.ftp.__main__ import main

sys.exit(main())
