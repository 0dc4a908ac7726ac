"""Profiles of index software: what each does with an upload, as data, and how each is recognized.

A cell that no source confirms is ``unknown``, and a verdict that rests on it is unknown too. "Tried" means: with twine
and uv, by the tests of ``uniqver check``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


class Profile(NamedTuple):
    """How one kind of index treats uploads, and how it shows itself."""

    key: str
    """What ``--rules`` calls it."""
    name: str
    """What people call it."""
    rules: Literal["pypi", "names", "unknown"]
    """``pypi``: all of PyPI's rules. ``names``: only that a name, once taken, stays taken. ``unknown``: nobody knows."""
    same: Literal["accepted", "refused", "unknown"]
    """What the same bytes under a name that it has get."""
    other: Literal["refused", "replaced", "unknown"]
    """What other bytes under a name that it has get."""
    local: Literal["accepted", "refused", "unknown"]
    """What a local version gets."""
    deleted: Literal["taken", "free", "unknown"]
    """What the name of a deleted file is."""
    deletion: str
    """How a version is deleted there, for people; ``{project}`` and ``{version}`` are filled in."""
    source: str
    """Where all of this comes from, and when it was read or tried."""
    quota: int | None = None
    """Bytes of all files of a project, unless a project's was raised; ``None`` if there is none that is known."""
    hosts: str = ""
    """A pattern for the whole host of its URL."""
    paths: str = ""
    """A pattern for a part of its URL's path."""
    headers: tuple[str, ...] = ()
    """Response headers, any of which shows it; ``name: start`` asks for the start of the value too. Lower case."""


_BY_HAND = "by hand, on the project's page in the web interface"

PYPI = Profile(
    key="pypi",
    name="PyPI",
    rules="pypi",
    same="accepted",
    other="refused",
    local="refused",
    deleted="taken",
    deletion="by hand: https://pypi.org/manage/project/{project}/release/{version}/ (there is no API)",
    source="pypi/warehouse 6b62157, warehouse/forklift/legacy.py, read 2026-11-24; header: warehouse/api/simple.py:116",
    quota=10 * 1024**3,
    hosts=r"pypi\.org|.*\.pypi\.org|pypi\.python\.org",
    headers=("x-pypi-last-serial",),
)
TESTPYPI = PYPI._replace(
    key="testpypi",
    name="TestPyPI",
    deletion="by hand: https://test.pypi.org/manage/project/{project}/release/{version}/ (there is no API)",
    hosts=r"test\.pypi\.org|.*\.test\.pypi\.org",
    headers=(),
)
DEVPI = Profile(
    key="devpi",
    name="devpi",
    rules="names",
    same="accepted",
    other="refused",
    local="accepted",
    deleted="unknown",
    deletion="devpi remove {project}=={version}",
    source="tried 2026-11-24 on devpi-server 6.20.3 with volatile=false, which deletes nothing; a volatile one "
    "replaces files",
    headers=("x-devpi-api-version",),
)
PYPISERVER = Profile(
    key="pypiserver",
    name="pypiserver",
    rules="names",
    same="refused",
    other="refused",
    local="accepted",
    deleted="free",
    deletion="by hand, in its folder: rm {project}-{version}*  (names as in the folder)",
    source="tried 2026-11-24 on pypiserver 2.4.2, without --overwrite",
)
CODEARTIFACT = Profile(
    key="codeartifact",
    name="CodeArtifact",
    rules="names",
    same="accepted",
    other="refused",
    local="unknown",
    deleted="free",
    deletion="aws codeartifact delete-package-versions --domain DOMAIN --repository REPOSITORY --format pypi "
    "--package {project} --versions {version}",
    source="docs.aws.amazon.com/codeartifact/latest/ug/packages-overview.html (Overwriting package assets), read 2026-11-24",
    hosts=r".*\.d\.codeartifact\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?",
)
NEXUS = Profile(
    key="nexus",
    name="Nexus",
    rules="names",
    same="refused",
    other="refused",
    local="unknown",
    deleted="unknown",
    deletion="by hand, under Browse, or: curl -X DELETE URL/service/rest/v1/components/ID",
    source="400 for both under the deployment policy Disable redeploy, the default; which policy is set can't be seen",
    headers=("server: nexus/",),
)
ARTIFACTORY = Profile(
    key="artifactory",
    name="Artifactory",
    rules="names",
    same="unknown",
    other="unknown",
    local="unknown",
    deleted="unknown",
    deletion="jf rt delete REPOSITORY/{project}/{version}/",
    source="403 without the permission to overwrite, else replaced; which one holds can't be seen",
    hosts=r".*\.jfrog\.io",
    headers=("x-artifactory-id", "x-jfrog-version", "server: artifactory/"),
)
AZURE = Profile(
    key="azure",
    name="Azure Artifacts",
    rules="names",
    same="refused",
    other="refused",
    local="unknown",
    deleted="taken",
    deletion=_BY_HAND,
    source="learn.microsoft.com/azure/devops/artifacts/feeds/immutability, read 2026-11-24: a version is reserved for "
    "ever, 409",
    hosts=r"pkgs\.dev\.azure\.com|.*\.pkgs\.visualstudio\.com",
)
GITLAB = Profile(
    key="gitlab",
    name="GitLab",
    rules="names",
    same="unknown",
    other="unknown",
    local="unknown",
    deleted="unknown",
    deletion="by hand, under Deploy > Package registry, or: curl -X DELETE …/projects/ID/packages/PACKAGE_ID",
    source="gitlab-org/gitlab issues 226007 and 292748, read 2026-11-24: replaced in some versions, refused in others",
    hosts=r"gitlab\.com",
    paths=r"/api/v4/(?:projects|groups)/[^/]+/(?:-/)?packages/pypi/",
    headers=("x-gitlab-meta",),
)
GOOGLE = Profile(
    key="google",
    name="Google Artifact Registry",
    rules="names",
    same="unknown",
    other="unknown",
    local="unknown",
    deleted="unknown",
    deletion="gcloud artifacts versions delete {version} --package={project} --repository=REPOSITORY --location=LOCATION",
    source="cloud.google.com/artifact-registry/docs/python/manage-packages, read 2026-11-24: says nothing about names "
    "that are taken",
    hosts=r"[a-z0-9-]+-python\.pkg\.dev",
)
ANACONDA = Profile(
    key="anaconda",
    name="anaconda.org",
    rules="names",
    same="refused",
    other="refused",
    local="unknown",
    deleted="unknown",
    deletion="anaconda remove OWNER/{project}/{version}",
    source="anaconda-client: an error for a file that exists, unless --force replaces it",
    hosts=r"pypi\.anaconda\.org|(?:.*\.)?anaconda\.org",
)
CLOUDSMITH = Profile(
    key="cloudsmith",
    name="Cloudsmith",
    rules="names",
    same="unknown",
    other="unknown",
    local="unknown",
    deleted="unknown",
    deletion="cloudsmith delete OWNER/REPOSITORY/IDENTIFIER",
    source="docs.cloudsmith.com/formats/python-repository, read 2026-11-24: says nothing about names that are taken",
    hosts=r"(?:dl|python)\.cloudsmith\.(?:io|com)",
)
GEMFURY = Profile(
    key="gemfury",
    name="Gemfury",
    rules="names",
    same="unknown",
    other="unknown",
    local="unknown",
    deleted="unknown",
    deletion="fury yank {project} -v {version}",
    source="no source found, 2026-11-24",
    hosts=r"(?:.*\.)?fury\.(?:io|site)",
)
GITEA = Profile(
    key="gitea",
    name="Gitea or Forgejo",
    rules="names",
    same="refused",
    other="refused",
    local="unknown",
    deleted="free",
    deletion="curl -X DELETE …/api/v1/packages/OWNER/pypi/{project}/{version}",
    source="go-gitea/gitea routers/api/packages/pypi/pypi.go (ErrDuplicatePackageFile), read 2026-11-24: 400 or 409; "
    "whether local versions are accepted differs by version",
    paths=r"/api/packages/[^/]+/pypi/",
)
NAMES = Profile(
    key="names",
    name="this index",
    rules="names",
    same="accepted",
    other="refused",
    local="accepted",
    deleted="unknown",
    deletion=_BY_HAND,
    source="what the caller says: only that a taken name stays taken",
)
UNRECOGNIZED = Profile(
    key="unknown",
    name="this index",
    rules="unknown",
    same="unknown",
    other="unknown",
    local="unknown",
    deleted="unknown",
    deletion=_BY_HAND,
    source="neither its host nor its answer shows what it is",
)

_RECOGNIZED = (
    TESTPYPI,
    DEVPI,  # before PyPI: as a mirror, it passes PyPI's serial on
    CODEARTIFACT,
    NEXUS,
    ARTIFACTORY,
    AZURE,
    GITLAB,
    GOOGLE,
    ANACONDA,
    CLOUDSMITH,
    GEMFURY,
    GITEA,
    PYPI,
)
PROFILES: Mapping[str, Profile] = {
    profile.key: profile for profile in (PYPI, *_RECOGNIZED[:-1], PYPISERVER, NAMES, UNRECOGNIZED)
}
"""All profiles by key."""
CHOICES = tuple(key for key in PROFILES if key != UNRECOGNIZED.key)
"""What ``--rules`` takes."""


def recognize(url: str, headers: Mapping[str, str], body: bytes, project: str) -> Profile:
    """Return the profile of the index that answered from ``url``; :data:`UNRECOGNIZED` if it doesn't show itself.

    By what it sends first, since a host may serve any software, then by host and path. pypiserver has no header: it's
    known by its own two pages for a project, the 404 and the list of links (tried with 2.4.2).
    """
    parts = urlsplit(url)
    sent = [f"{name}: {value}".lower() for name, value in headers.items()]
    for profile in _RECOGNIZED[:-1]:
        if _shows(profile, sent) or _is_at(profile, parts.hostname or "", parts.path):
            return profile
    if _is_pypiserver(body[:4096], project):
        return PYPISERVER
    return PYPI if _shows(PYPI, sent) or _is_at(PYPI, parts.hostname or "", parts.path) else UNRECOGNIZED


def _shows(profile: Profile, sent: list[str]) -> bool:
    return any(
        line.startswith(header) if ": " in header else line.startswith(f"{header}:")
        for header in profile.headers
        for line in sent
    )


def _is_at(profile: Profile, host: str, path: str) -> bool:
    by_host = bool(profile.hosts) and re.fullmatch(profile.hosts, host, re.IGNORECASE) is not None
    return by_host or (bool(profile.paths) and re.search(profile.paths, path) is not None)


def _is_pypiserver(start: bytes, project: str) -> bool:
    missing = f"<pre>Not Found ({project} does not exist)".encode()
    links = f"<title>Links for {project}</title>".encode()
    viewport = b'<meta name="viewport"'
    return missing in start or (links in start and viewport in start and b"pypi:repository-version" not in start)
