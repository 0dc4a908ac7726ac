"""Saves time in each hook's process: the garbage collector is told that nothing will be thrown away."""

from __future__ import annotations

import gc


def keep_what_is_imported() -> None:
    """Have the garbage collector pass over all that there is: it stays to the end of the process, and that is near.

    Else it walks through every module again and again while setuptools imports more, and once more at the exit: 24 ms
    of a small project's hook of 190 (CPython 3.11). A frontend calls each hook in a process of its own (PEP 517).
    """
    if hasattr(gc, "freeze"):  # PyPy has another collector
        gc.freeze()
