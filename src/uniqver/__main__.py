"""``python -m uniqver``, and the script ``uniqver``: the command, with a process of its own."""

import gc
import signal
import sys

SELDOM = 50_000
"""New objects between two collections; Python's own 700 take a sixth of ``uniqver version``, while modules are imported."""


def script() -> int:
    """Run the command; return its exit code. What is imported stays to the end, uncollected.

    Before and after the command, Ctrl-C ends the process without a traceback (a shell shows 130).
    """
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not where a shell ignores it
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(SELDOM)
    from uniqver.cli.main import main

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    code = main()
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(gc, "freeze"):  # PyPy has another collector
        gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(script())
