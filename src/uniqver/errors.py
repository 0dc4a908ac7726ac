"""Foreseen errors: each says what is wrong and the line that mends it."""

from __future__ import annotations


class UniqverError(Exception):
    """Something that was foreseen. Faces print it without a traceback and exit 1.

    ``what`` is one line about what is wrong here; ``fix`` is the command or the line to type that
    mends it. Neither may hold a secret.
    """

    def __init__(self, *, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  fix: {self.fix}"


class UsageError(UniqverError):
    """The command line names something that does not exist. The command exits 2."""


class ConfigError(UniqverError):
    """``[tool.uniqver]``, ``[project]`` or a ``UNIQVER_…`` variable says something it can't."""


class GitError(UniqverError):
    """git is missing, too old, hangs, or the repository can't tell what is asked of it."""


class ScmError(UniqverError):
    """setuptools-scm is missing, too old, or can't tell a version."""


class CiError(UniqverError):
    """The CI's variables can't give a number that is safe to use."""


class BaseVersionError(UniqverError):
    """The release being worked toward isn't known, or the number would sort below it."""


class CounterError(UniqverError):
    """The counter's store can't be read, written or trusted."""


class ProjectError(UniqverError):
    """The project's files stand in the way of stamping it."""


class ArtifactError(UniqverError):
    """What setuptools made (or what a file holds) doesn't carry the version it should."""
