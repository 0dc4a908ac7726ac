"""``python -m uniqver``, and the script ``uniqver``: the command, with a process of its own."""

import gc
import sys

SELDOM = 50_000
"""How many new objects the garbage collector lets come before it looks; Python's own 700 are many walks through
modules while they are imported, a sixth of the time that ``uniqver version`` takes."""


def script() -> int:
    """Run the command; return its exit code. What is imported stays to the end, which needs no collection."""
    gc.set_threshold(SELDOM)
    from uniqver.cli.main import main

    code = main()
    if hasattr(gc, "freeze"):  # PyPy has another collector
        gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(script())
