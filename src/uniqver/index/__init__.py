"""Package indexes: the files that one lists of a project, and its profile, a row of a table. Pure.

A cell that no source confirms is absent there, so ``unknown``, and so is a verdict that rests on it. "Tried" means with
twine and uv, by the tests of ``uniqver check``. :mod:`.address` and :mod:`.client` need the extra ``check``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from packaging.version import Version

from uniqver.dists import parse_filename
from uniqver.errors import UniqverError

ALGORITHMS = ("sha256", "sha512", "sha384", "blake2b", "blake2s", "sha3_256", "sha3_512", "sha224", "sha1", "md5")
"""Of hashlib, best first. Old indexes give only sha1 or md5: enough to tell builds apart."""


class Profile(NamedTuple):
    """How one kind of index treats uploads, and how it is recognized."""

    key: str
    """What ``--rules`` calls it."""
    name: str
    deletion: str
    """How to delete a version, with ``{project}`` and ``{version}``."""
    source: str
    """Origin of this row, with the date when it was read or tried."""
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
        source="pypi/warehouse 6b62157, warehouse/forklift/legacy.py, read 2026-11-24; header: warehouse/api/simple.py:116",
        quota=10 * 1024**3, hosts=r"pypi\.org|.*\.pypi\.org|pypi\.python\.org", headers=("x-pypi-last-serial:",),
    ),
    Profile(
        "testpypi", "TestPyPI", rules="pypi", same="accepted", other="refused", local="refused", deleted="taken",
        deletion="by hand: https://test.pypi.org/manage/project/{project}/release/{version}/ (there is no API)",
        source="as PyPI", quota=10 * 1024**3, hosts=r"test\.pypi\.org|.*\.test\.pypi\.org",
    ),
    Profile(
        "devpi", "devpi", same="accepted", other="refused", local="accepted", deleted="free",
        deletion="devpi remove --force {project}=={version}",
        source="tried 2026-11-24 on devpi-server 6.20.3, volatile=false (a volatile index replaces files; ?force deletes)",
        headers=("x-devpi-api-version:",),
    ),
    Profile(
        "pypiserver", "pypiserver", same="refused", other="refused", local="accepted", deleted="free",
        deletion="by hand, in its folder: rm {project}-{version}*  (names as in the folder)",
        source="tried 2026-11-24 on pypiserver 2.4.2, without --overwrite",
    ),
    Profile(
        "codeartifact", "CodeArtifact", same="accepted", other="refused", deleted="free",
        deletion="aws codeartifact delete-package-versions --domain DOMAIN --repository REPOSITORY --format pypi --package {project} --versions {version}",
        source="docs.aws.amazon.com/codeartifact/latest/ug/packages-overview.html (Overwriting package assets), read 2026-11-24",
        hosts=r".*\.d\.codeartifact\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?",
    ),
    Profile(
        "nexus", "Nexus", same="depends", other="depends",
        deletion="by hand, under Browse, or: curl -X DELETE URL/service/rest/v1/components/ID",
        source="support.sonatype.com 360013609554, read 2026-11-24: the deployment policy decides",
        headers=("server: nexus/",),
    ),
    Profile(
        "artifactory", "Artifactory", deletion="jf rt delete REPOSITORY/{project}/{version}/",
        source="the permission to overwrite decides; no source read for PyPI repositories", hosts=r".*\.jfrog\.io",
        headers=("x-artifactory-id:", "x-jfrog-version:", "server: artifactory/"),
    ),
    Profile(
        "azure", "Azure Artifacts", other="refused", deleted="taken",
        deletion="by hand, on the project's page in the web interface",
        source="learn.microsoft.com/azure/devops/artifacts/feeds/immutability, read 2026-11-24",
        hosts=r"pkgs\.dev\.azure\.com|.*\.pkgs\.visualstudio\.com",
    ),
    Profile(
        "gitlab", "GitLab", same="depends", other="depends",
        deletion="by hand, under Deploy > Package registry, or: curl -X DELETE …/projects/ID/packages/PACKAGE_ID",
        source="pypa/twine issue 697 (13.3 refuses), gitlab-org/gitlab issues 226007 and 292748 (replaces), read 2026-11-24",
        hosts=r"gitlab\.com", paths="/api/v4/(?:projects|groups)/[^/]+/(?:-/)?packages/pypi/",
        headers=("x-gitlab-meta:",),
    ),
    Profile(
        "google", "Google Artifact Registry",
        deletion="gcloud artifacts versions delete {version} --package={project} --repository=REPOSITORY --location=LOCATION",
        source="cloud.google.com/artifact-registry/docs/python/manage-packages, read 2026-11-24: nothing about taken names",
        hosts=r"[a-z0-9-]+-python\.pkg\.dev",
    ),
    Profile(
        "anaconda", "anaconda.org", same="refused", other="refused", deleted="free",
        deletion="anaconda remove OWNER/{project}/{version}",
        source="anaconda/anaconda-client d653a1e binstar_client/commands/upload.py (Uploader._upload_file), read 2026-11-25 (--force removes a name first)",
        hosts=r"pypi\.anaconda\.org|(?:.*\.)?anaconda\.org",
    ),
    Profile(
        "cloudsmith", "Cloudsmith", deletion="cloudsmith delete OWNER/REPOSITORY/IDENTIFIER",
        source="docs.cloudsmith.com/formats/python-repository, read 2026-11-24: nothing about taken names",
        hosts=r"(?:dl|python)\.cloudsmith\.(?:io|com)",
    ),
    Profile(
        "gemfury", "Gemfury", deletion="fury yank {project} -v {version}", source="no source found, 2026-11-24",
        hosts=r"(?:.*\.)?fury\.(?:io|site)",
    ),
    Profile(
        "gitea", "Gitea or Forgejo", same="refused", other="refused", local="depends",
        deletion="curl -X DELETE …/api/v1/packages/OWNER/pypi/{project}/{version}",
        source="go-gitea/gitea 0bf7a7c routers/api/packages/pypi/pypi.go (ErrDuplicatePackageFile; versionMatcher differs by version), read 2026-11-25",
        paths="/api/packages/[^/]+/pypi/",
    ),
    Profile(
        "names", "this index", same="accepted", other="refused", local="accepted",
        deletion="by hand, on the project's page in the web interface", source="the caller's choice",
    ),
    Profile(
        "unknown", "this index", rules="unknown", deletion="by hand, on the project's page in the web interface",
        source="neither host nor answer shows what it is",
    ),
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


class IndexFile(NamedTuple):
    """One file that an index lists; size and time only with PEP 700."""

    filename: str
    digests: Mapping[str, str] = {}
    """Hex digests by algorithm, lower case."""
    size: int | None = None
    """Bytes."""
    uploaded: datetime | None = None
    """Aware."""
    pending: bool = False
    """Not there yet, but an earlier file of this call."""


class Listing(NamedTuple):
    """An index's answer about one project. With ``trouble``, nothing is known and ``files`` is empty."""

    project: str
    """Normalized (PEP 503)."""
    files: tuple[IndexFile, ...] = ()
    trouble: UniqverError | None = None
    """Why the index couldn't be asked, or can't be believed."""
    profile: Profile = PYPI
    is_new: bool = False
    """There is no such project (404)."""
    status: str = "active"
    """``active``, ``archived``, ``quarantined`` or ``deprecated`` (PEP 792)."""


class Catalog:
    """A project's listing, to be searched by name, release and digest."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.size = self.largest = 0
        """Bytes of all files, and of the largest, if known."""
        self.files: list[IndexFile] = []
        self.algorithms: set[str] = set()
        """Those that :func:`comparable` chose."""
        self.named: dict[str, IndexFile] = {}
        self.releases: dict[Version, list[IndexFile]] = {}
        """``1.0`` and ``1.0.0`` are one."""
        self.same: dict[tuple[str, str], IndexFile] = {}
        """By algorithm and digest."""
        self._highest: dict[tuple[str, str], int] = {}
        for file in listing.files:
            self.add(file)

    def add(self, file: IndexFile) -> None:
        """Add a file of the listing, or one that will be uploaded before the next."""
        self.size += file.size or 0
        self.files.append(file)
        self.largest = max(self.largest, file.size or 0)
        self.named.setdefault(file.filename, file)
        if algorithm := comparable(file.digests):
            self.algorithms.add(algorithm)
        for key in file.digests.items():
            self.same.setdefault(key, file)
        if (name := parse_filename(file.filename)) is None:
            return
        if name.version not in self.releases:
            self.releases[name.version] = []
            before, number, after = _counted(name.version)
            self._highest[before, after] = max(number, self._highest.get((before, after), 0))
        self.releases[name.version].append(file)

    def next_free(self, version: Version) -> Version:
        """Return the lowest version of ``version``'s kind above it and all that are there, without a local part.

        The last number grows: ``dev``, else ``post``, else the pre-release's, else the third component of the release.
        """
        before, number, after = _counted(version)
        return Version(f"{before}{max(number, self._highest.get((before, after), 0)) + 1}{after}")


def comparable(digests: Mapping[str, str]) -> str | None:
    """Return the first of :data:`ALGORITHMS` in ``digests``, or ``None``."""
    return next((name for name in ALGORITHMS if name in digests), None)


def _counted(version: Version) -> tuple[str, int, str]:
    """Return the text before the last number, that number, and the rest; ``1.4`` is of ``1.4.0``'s series."""
    major, minor, patch, *rest = version.release + (0,) * (3 - len(version.release))
    line, tail = f"{version.epoch}!{major}.{minor}.", "".join(f".{part}" for part in rest)
    text = version.public.removeprefix(version.base_version)
    kind = text.rstrip("0123456789")
    return (f"{line}{patch}{tail}{kind}", int(text[len(kind) :]), "") if kind else (line, patch, tail)
