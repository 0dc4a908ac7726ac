"""``python -m uniqver``: the command, where its script is not on PATH."""

import sys

from uniqver.cli import main

sys.exit(main())
