"""``python -m uniqver``, and the script ``uniqver``: the command, with a process of its own."""

import gc
import signal
import sys

SELDOM = 50_000
"""New objects between two collections; Python's own 700 take a sixth of ``uniqver version``, for what is imported."""


def script() -> int:
    """Run the command; return its exit code. Before and after it, Ctrl-C ends the process without a traceback."""
    usual = signal.getsignal(signal.SIGINT)
    quiet = signal.SIG_DFL if usual is signal.default_int_handler else usual  # what a shell ignores stays ignored
    signal.signal(signal.SIGINT, quiet)
    gc.set_threshold(SELDOM)
    from uniqver.cli.main import main

    signal.signal(signal.SIGINT, usual)
    code = main()
    signal.signal(signal.SIGINT, quiet)
    if hasattr(gc, "freeze"):  # PyPy has another collector
        gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(script())
