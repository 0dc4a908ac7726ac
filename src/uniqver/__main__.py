"""``python -m uniqver``, and the script ``uniqver``: the command, with a process of its own."""

import gc
import signal
import sys

SELDOM = 50_000
"""Objects between two looks of the garbage collector. Python's 700 cost a sixth of ``uniqver version``: it walks through modules while they are imported."""


def script() -> int:
    """Run the command; return its exit code. What is imported stays to the end, which needs no collection.

    Before and after the command itself, Ctrl-C ends the process as if it were no Python (a shell shows 130).
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
