"""The command ``python -m readiness.servers NAME``: run one echo server (see `readiness.servers.echo`)."""

import sys

from readiness.servers.echo.__main__ import main

sys.exit(main())
