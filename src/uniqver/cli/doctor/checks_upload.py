"""Findings about the upload: its options, and who uploads. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uniqver.cli.doctor.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.cli.doctor.values import Facts

_SKIP = re.compile(r"^[^#\n]*(?:--skip-existing\b|skip[-_]existing:\s*[\"']?true)", re.MULTILINE)
_FORCE = re.compile(r"^[^#\n]*--force-replace\b", re.MULTILINE)
_TOKENS = ("PYPI_API_TOKEN", "PYPI_TOKEN", "UV_PUBLISH_TOKEN")
_PYPI = re.compile(r"^(?:https://(?:upload|test)\.pypi\.org/|$)")


def skip_existing(facts: Facts) -> Iterator[Finding]:
    """Yield uploads that pass over a name that is taken, also where other bytes have it."""
    for path, text in facts.pipelines.items():
        if _SKIP.search(text):
            yield Finding(
                what="the upload skips existing names, also where the index has other bytes under them: the build is lost, and the job green",
                fix="delete skip-existing: a version of its own never exists, and the same bytes are accepted again",
                severity="warning",
                where=path,
            )


def force_replace(facts: Facts) -> Iterator[Finding]:
    """Yield uploads that ask to replace a file, which no PyPI does."""
    for path, text in facts.pipelines.items():
        if _FORCE.search(text):
            yield Finding(
                what="twine has no --force-replace, and PyPI never replaces a file",
                fix="delete --force-replace",
                where=path,
            )


def token(facts: Facts) -> Iterator[Finding]:
    """Yield tokens of the wrong kind in the environment and in ``.pypirc``. None is ever shown."""
    environ = facts.environ
    for name in _TOKENS:
        if environ.get(name) is not None and not environ[name].startswith("pypi-"):
            yield _wrong(name, empty=not environ[name])
    user, password = environ.get("TWINE_USERNAME", "__token__"), environ.get("TWINE_PASSWORD")
    if password is not None and _PYPI.match(environ.get("TWINE_REPOSITORY_URL", "")):
        if user == "__token__" and not password.startswith("pypi-"):
            yield _wrong("TWINE_PASSWORD", empty=not password)
        elif user != "__token__":
            yield _user("TWINE_USERNAME=__token__", None)
    for section, values in facts.pypirc.items():
        if section in ("pypi", "testpypi") and "password" in values:
            if values.get("username", "__token__") != "__token__":
                yield _user("username = __token__", ".pypirc")
            elif not values["password"].startswith("pypi-"):
                yield _wrong(f"the password of [{section}]", empty=not values["password"], where=".pypirc")


def _wrong(name: str, *, empty: bool, where: str | None = None) -> Finding:
    is_what = "is empty (a secret that isn't there, or a fork's pull request)" if empty else "doesn't begin with pypi-"
    return Finding(
        what=f"{name} {is_what}: the index answers 403",
        fix="make a token on the index, under Account settings or the project's settings, and copy all of it; "
        "or use Trusted Publishing (uniqver init --ci github writes that)",
        where=where,
    )


def _user(line: str, where: str | None) -> Finding:
    return Finding(
        what="PyPI takes no user names and passwords any more: it answers 403", fix=f"{line}, and a token", where=where
    )
