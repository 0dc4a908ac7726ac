"""Foreseen errors: each names what is wrong and the line that fixes it."""

from __future__ import annotations


class UniqverError(Exception):
    """A foreseen error: printed without a traceback, exit code 1.

    ``what`` is wrong, in one line; ``fix`` is the line to type. Neither may hold a secret.
    """

    topic: str | None = None
    """A page of the manual: ``uniqver help TOPIC``."""

    def __init__(self, *, what: str, fix: str, topic: str | None = None) -> None:
        super().__init__(what)
        self.what = printable(what, "\n")
        self.fix = printable(fix, "\n")
        if topic is not None:
            self.topic = topic

    def __str__(self) -> str:
        see = "" if self.topic is None else f"\n  see: uniqver help {self.topic}"
        return f"{self.what}\n  fix: {self.fix}{see}"


def printable(text: str, kept: str = "") -> str:
    """Return ``text`` with whatever a terminal would obey (escapes, line breaks, text direction), ``kept`` aside, as an escape.

    >>> printable("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else c.encode("unicode_escape").decode("ascii") for c in text)


class UsageError(UniqverError):
    """The command line is wrong. Exit code 2."""


class ConfigError(UniqverError):
    """A value in pyproject.toml or a ``UNIQVER_…`` variable is not valid."""


class GitError(UniqverError):
    """git is missing, too old, hangs or fails."""

    topic = "troubleshooting"


class ScmError(UniqverError):
    """setuptools-scm is missing, too old, or fails."""

    topic = "setuptools-scm"


class CiError(UniqverError):
    """The CI's variables give no number that is safe."""

    topic = "ci"


class BaseVersionError(UniqverError):
    """The base is not known, or the version would sort below an earlier one."""

    topic = "versions"


class UnprovenError(UniqverError):
    """Something is missing to prove a public version."""

    topic = "troubleshooting"


class CounterError(UniqverError):
    """The counter's store cannot be read, written or trusted."""

    topic = "counters"


class ProjectError(UniqverError):
    """A file of the project stands in the way."""


class ArtifactError(UniqverError):
    """An artifact is damaged or of another version."""


def of_system(error: OSError) -> UniqverError:
    """Return the error for what the operating system refuses."""
    place = "" if error.filename is None else f"{error.filename}: "
    return UniqverError(what=f"{place}{error.strerror or error}", fix="check permissions and free disk space")
