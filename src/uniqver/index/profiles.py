"""Profiles of package indexes, how each treats uploads, and which of them has answered. Pure.

A cell that no source confirms is absent, so ``unknown``, and so is a verdict that rests on it. The sources, with the date
when each was read or tried, are in ``tests/unit/test_check_pages.py``: every row has one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple
from urllib.parse import urlsplit


class Profile(NamedTuple):
    """How one kind of index treats uploads, and how it is recognized."""

    key: str
    """What ``--rules`` calls it."""
    name: str
    deletion: str = "by hand, on the project's page in the web interface"
    """How to delete a version, with ``{project}`` and ``{version}``."""
    rules: Literal["pypi", "names", "unknown"] = "names"
    """``pypi``: all of PyPI's rules. ``names``: only that a name, once taken, stays taken."""
    same: Literal["accepted", "refused", "depends", "unknown"] = "unknown"
    """The same bytes under a taken name; ``depends``: on what the index doesn't show."""
    other: Literal["refused", "depends", "unknown"] = "unknown"
    """Other bytes under a taken name."""
    local: Literal["accepted", "refused", "depends", "unknown"] = "unknown"
    deleted: Literal["taken", "free", "unknown"] = "unknown"
    """The name of a deleted file."""
    quota: int | None = None
    """Bytes of all files of a project, unless it was raised."""
    hosts: str = ""
    """A pattern for the host of its URL."""
    paths: str = ""
    """A pattern for a part of the path."""
    headers: Sequence[str] = ()
    """Starts of lower case response headers, any of which shows it."""

    def is_shown(self, host: str, path: str, sent: Sequence[str]) -> bool:
        """Tell whether host, path or headers are of this kind of index."""
        by_header = any(line.startswith(tuple(self.headers)) for line in sent)
        by_host = self.hosts and re.fullmatch(self.hosts, host, re.IGNORECASE)
        return by_header or bool(by_host or (self.paths and re.search(self.paths, path)))


# fmt: off
PROFILES: Mapping[str, Profile] = {row.key: row for row in (
    Profile(
        "pypi", "PyPI", rules="pypi", same="accepted", other="refused", local="refused", deleted="taken",
        deletion="by hand: https://pypi.org/manage/project/{project}/release/{version}/ (there is no API)",
        quota=10 * 1024**3, hosts=r"pypi\.org|.*\.pypi\.org|pypi\.python\.org", headers=("x-pypi-last-serial:",),
    ),
    Profile(
        "testpypi", "TestPyPI", rules="pypi", same="accepted", other="refused", local="refused", deleted="taken",
        deletion="by hand: https://test.pypi.org/manage/project/{project}/release/{version}/ (there is no API)",
        quota=10 * 1024**3, hosts=r"test\.pypi\.org|.*\.test\.pypi\.org",
    ),
    Profile(
        "devpi", "devpi", same="accepted", other="refused", local="accepted", deleted="free",
        deletion="devpi remove --force {project}=={version}",
        headers=("x-devpi-api-version:",),
    ),
    Profile(
        "pypiserver", "pypiserver", same="refused", other="refused", local="accepted", deleted="free",
        deletion="by hand, in its folder: rm {project}-{version}*  (names as in the folder)",
    ),
    Profile(
        "codeartifact", "CodeArtifact", same="accepted", other="refused", deleted="free",
        deletion="aws codeartifact delete-package-versions --domain DOMAIN --repository REPOSITORY --format pypi --package {project} --versions {version}",
        hosts=r".*\.d\.codeartifact\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?",
    ),
    Profile(
        "nexus", "Nexus", same="depends", other="depends",
        deletion="by hand, under Browse, or: curl -X DELETE URL/service/rest/v1/components/ID",
        headers=("server: nexus/",),
    ),
    Profile(
        "artifactory", "Artifactory", deletion="jf rt delete REPOSITORY/{project}/{version}/",
        hosts=r".*\.jfrog\.io", headers=("x-artifactory-id:", "x-jfrog-version:", "server: artifactory/"),
    ),
    Profile(
        "azure", "Azure Artifacts", other="refused", deleted="taken",
        hosts=r"pkgs\.dev\.azure\.com|.*\.pkgs\.visualstudio\.com",
    ),
    Profile(
        "gitlab", "GitLab", same="depends", other="depends",
        deletion="by hand, under Deploy > Package registry, or: curl -X DELETE …/projects/ID/packages/PACKAGE_ID",
        hosts=r"gitlab\.com", paths="/api/v4/(?:projects|groups)/[^/]+/(?:-/)?packages/pypi/",
        headers=("x-gitlab-meta:",),
    ),
    Profile(
        "google", "Google Artifact Registry",
        deletion="gcloud artifacts versions delete {version} --package={project} --repository=REPOSITORY --location=LOCATION",
        hosts=r"[a-z0-9-]+-python\.pkg\.dev",
    ),
    Profile(
        "anaconda", "anaconda.org", same="refused", other="refused", deleted="free",
        deletion="anaconda remove OWNER/{project}/{version}",
        hosts=r"pypi\.anaconda\.org|(?:.*\.)?anaconda\.org",
    ),
    Profile(
        "cloudsmith", "Cloudsmith", deletion="cloudsmith delete OWNER/REPOSITORY/IDENTIFIER",
        hosts=r"(?:dl|python)\.cloudsmith\.(?:io|com)",
    ),
    Profile(
        "gemfury", "Gemfury", deletion="fury yank {project} -v {version}",
        hosts=r"(?:.*\.)?fury\.(?:io|site)",
    ),
    Profile(
        "gitea", "Gitea or Forgejo", same="refused", other="refused", local="depends",
        deletion="curl -X DELETE …/api/v1/packages/OWNER/pypi/{project}/{version}",
        paths="/api/packages/[^/]+/pypi/",
    ),
    Profile("names", "this index", same="accepted", other="refused", local="accepted"),
    Profile("unknown", "this index", rules="unknown"),
)}
# fmt: on
PYPI, DEVPI, PYPISERVER, UNRECOGNIZED = (PROFILES[key] for key in ("pypi", "devpi", "pypiserver", "unknown"))
CHOICES = tuple(key for key in PROFILES if key != UNRECOGNIZED.key)
"""What ``--rules`` takes."""


def recognize(url: str, headers: Mapping[str, str], body: bytes, project: str) -> Profile:
    """Return the profile of the index that answered from ``url``.

    pypiserver has no header, but two pages of its own: the 404 and a project's list of links (tried with 2.4.2).
    """
    parts = urlsplit(url)
    sent = [f"{name}: {value}".lower() for name, value in headers.items()]
    shown = [each for each in PROFILES.values() if each.is_shown(parts.hostname or "", parts.path, sent)]
    if _is_pypiserver(body[:4096], project):
        shown.append(PYPISERVER)
    # PyPI comes last: a mirror (devpi) passes its headers on
    return min(shown, key=lambda profile: profile is PYPI, default=UNRECOGNIZED)


def _is_pypiserver(start: bytes, project: str) -> bool:
    missing = f"<pre>Not Found ({project} does not exist)".encode()
    links = f"<title>Links for {project}</title>".encode()
    viewport = b'<meta name="viewport"'
    return missing in start or (links in start and viewport in start and b"pypi:repository-version" not in start)
