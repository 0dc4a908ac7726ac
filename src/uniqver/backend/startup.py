"""Saves time that setuptools' part of a hook would take: some in the shadow of git, some in the garbage collector."""

from __future__ import annotations

import contextlib
import gc
import importlib

COMMANDS = ("egg_info", "bdist_wheel", "editable_wheel", "easy_install", "develop", "build_ext")
"""Commands that setuptools imports for any project whose pyproject.toml it reads (with them come the others)."""

VALIDATOR = "setuptools.config._validate_pyproject"
"""What checks pyproject.toml. Private: where another setuptools has it elsewhere, nothing is lost but time."""


def preload() -> None:
    """Import what setuptools is about to import anyway; what isn't there is left out."""
    for name in (VALIDATOR, *(f"setuptools.command.{command}" for command in COMMANDS)):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    keep_what_is_imported()


def keep_what_is_imported() -> None:
    """Have the garbage collector pass over all that there is: it stays to the end of the process, and that is near.

    Else it walks through every module again and again while setuptools imports more, and once more at the exit: a
    quarter of what a small project's hook computes. A frontend calls each hook in a process of its own (PEP 517).
    """
    if hasattr(gc, "freeze"):  # PyPy has another collector
        gc.freeze()
