"""The environment that tests and what they start run in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.ci import SIGNS, names_in

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_CI = {"CI", "BUILD_NUMBER", *(name for signs in SIGNS.values() for name in names_in(signs))}
_PREFIXES = ("UNIQVER_", "GIT_", "GITHUB_", "CI_", "SETUPTOOLS_SCM_", "VCS_VERSIONING_", "PYTEST_", "COV_CORE_")
_KEPT = ("TEST_UNIQVER_", "GIT_SSL_CAINFO", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST")
_NOT_WANTED = {
    *("SOURCE_DATE_EPOCH", "DIST_EXTRA_CONFIG", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "PYTHONPATH"),
    *("container", "KUBERNETES_SERVICE_HOST"),
    "PYTHONDONTWRITEBYTECODE",  # each process would compile all that it imports
}

UNDER_CI = bool(os.environ.get("CI"))
"""Whether the tests themselves run on CI: there, what can't be tried is a failure, not a skip."""

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def clean(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return ``environ`` without CI and uniqver, with ``home`` as the user's own folder; download caches stay."""
    kept = {
        name: value
        for name, value in environ.items()
        if name.startswith(_KEPT) or not (name in _OF_CI or name in _NOT_WANTED or name.startswith(_PREFIXES))
    }
    (home / ".gitconfig").write_text(
        "[user]\n  name = Test\n  email = test@example.org\n[init]\n  defaultBranch = main\n"
        '[commit]\n  gpgSign = false\n[protocol "file"]\n  allow = always\n',
        encoding="utf-8",
    )
    return {
        **kept,
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", ""))),
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PIP_CACHE_DIR": kept.get("PIP_CACHE_DIR", str(_CACHE / "pip")),
        "UV_CACHE_DIR": kept.get("UV_CACHE_DIR", str(_CACHE / "uv")),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_COMPILE": "1",  # of all of setuptools, into each isolated environment, for one build
    }
