"""The pipeline of ``uniqver check``: files read, the index asked, every rule tried on every file."""

from __future__ import annotations

import contextlib
import glob
import io
import os
import re
import sys
import tarfile
import zipfile
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from packaging.version import Version
from rich.console import Console
from rich.progress import track

from uniqver.cli import readable_size
from uniqver.cli.check import install, pypi, pypi_archive, rules
from uniqver.cli.check.rules import FAILED, Artifact, Call, Case, Finding, Rule, note, refused, unknown
from uniqver.config import Config, read_config
from uniqver.dists import MAX_TEXT, Entry, Filename, distribution_from, parse_filename
from uniqver.dists.archive import builds_that_share, digests, opened, record_rows
from uniqver.errors import ArtifactError, ConfigError, UsageError
from uniqver.files import read_bytes, read_text
from uniqver.index import Catalog, IndexFile, address
from uniqver.index.client import WHOLE, IndexClient
from uniqver.model.version_file_text import version_in
from uniqver.model.versions import version_of
from uniqver.project import read_project
from uniqver.project.version_file import find_version_file

BY_NAME: tuple[Rule, ...] = (rules.listed_name, rules.broken, rules.local_elsewhere, rules.no_answer)
BY_PYPI: tuple[Rule, ...] = (
    pypi.form,
    *(rules.listed_name, rules.broken),  # a file that it has already was taken once, sound or not
    *(pypi_archive.container, pypi.name, pypi_archive.contents, pypi.name_length),  # whatever the index answers
    rules.no_answer,
    *(pypi.sizes, pypi.same_bytes, pypi.release),
)
"""The first of these that finds something decides, in PyPI's own order."""
FURTHER: tuple[Rule, ...] = (rules.required, rules.twine_check, install.installation)
"""The first of these that finds something refuses what isn't refused yet. Slow ones come last."""
NOTES: tuple[Rule, ...] = (rules.beside, pypi_archive.unlike_record, install.not_for_this_machine)

_COMPANIONS = (".asc", ".attestation", ".sigstore", ".sigstore.json")
"""Signatures beside the files in dist/; clients take them along."""

TIGHT = 0.1
"""Part of a quota that is little."""

_KEPT = re.compile(r"[^/]+\.dist-info/(?:METADATA|RECORD|entry_points\.txt)|(?:.*/)?PKG-INFO")


class Report(NamedTuple):
    """All findings of a call."""

    findings: tuple[Finding, ...]
    """One verdict for each file, in the order given."""
    notes: tuple[Finding, ...]
    quotas: tuple[Finding, ...] = ()
    """The room of each project that gets files, if known."""


def check(options: Namespace) -> Report:
    """Judge the files of a command line. Raises :class:`UniqverError` for missing files and settings.

    Whatever is wrong with the index or with a file's content becomes a finding.
    """
    config, built = _known_in(options.project, os.environ)
    place = address.place(options.index_url or config.index, options.repository, os.environ)
    names = {path: parse_filename(Path(path).name) for path in _files(options.files)}
    given = [name for name in names.values() if name is not None]
    with IndexClient(place, options.timeout, max(WHOLE, options.timeout)) as index:
        catalogs = {project: Catalog(index.ask(project)) for project in dict.fromkeys(name.project for name in given)}
    bar = Console(stderr=True, quiet=not sys.stderr.isatty())
    files = {path: _read(path, names[path], catalogs) for path in track(names, "reading", console=bar, transient=True)}
    versions = {project: sorted({name.version for name in given if name.project == project}) for project in catalogs}
    # if the tree has no version file, the files given stand for it
    only = {project: found[0] for project, found in versions.items() if len(found) == 1}
    call = Call(
        now=datetime.now(timezone.utc),
        versions=versions,
        built={**only, **built},
        folders={folder: _names(folder) for folder in {Path(path).parent for path in files}},
        shared=builds_that_share(file.content for file in files.values() if isinstance(file, Artifact)),
        post=config.segment == "post",
        **{name: value for name, value in vars(options).items() if name in Call._fields},
    )
    return judge_all(files, catalogs, call)


def judge_all(files: Mapping[str, Artifact | ArtifactError], catalogs: Mapping[str, Catalog], call: Call) -> Report:
    """Judge each of ``files``, in their order.

    Those found free are added to ``catalogs``, by project: uploading one can get another of the call refused.
    """
    findings: list[Finding] = []
    noted: dict[str, dict[str, None]] = {}
    for path, file in files.items():
        if isinstance(file, ArtifactError):
            findings.append(refused(file.what, file.fix, (path,)))
            continue
        case = Case(file, catalogs[file.name.project], call)
        found = next(_by_rules(case))
        if found.verdict not in FAILED:
            found = next(_found(FURTHER, case), found)
        findings.append(found._replace(files=(path,)))
        for each in _found(NOTES, case):
            noted.setdefault(each.reason, {}).update(dict.fromkeys(each.files))
        if found.verdict == "free":
            case.catalog.add(IndexFile(file.name.text, file.digests, file.size, pending=True))
    notes = (note(reason, files=tuple(names)) for reason, names in noted.items())
    return Report(tuple(findings), tuple(notes), tuple(filter(None, map(quota_of, catalogs.values()))))


def quota_of(catalog: Catalog) -> Finding | None:
    """Return the room of a project, with a warning if little is left after this upload.

    ``None`` if it gets no file, or the index doesn't show sizes. The limit is left out if it isn't known, or was raised.
    """
    adds = sum(file.size or 0 for file in catalog.files if file.pending)
    used, limit = catalog.size - adds, catalog.listing.profile.quota
    if not adds or not used or any(file.size is None for file in catalog.files):
        return None
    start, end = f"{catalog.listing.project}: {readable_size(used)}", f"this upload adds {readable_size(adds)}"
    if limit is None or used > limit:
        return note(f"{start} used, {end}")
    left = limit - used - adds
    text = f"{start} of {readable_size(limit)} used, {end}, room for {max(0, left) // adds:,} more of this size"
    if left >= TIGHT * limit:
        return note(text)
    return Finding("warning", f"{text} (uniqver prune lists what may go)")


def _by_rules(case: Case) -> Iterator[Finding]:
    """If nobody knows the index's rules, what PyPI refuses is unknown."""
    known = case.profile.rules
    if known != "pypi":
        yield from _found(BY_NAME, case)
    for found in _found(BY_PYPI if known != "names" else (), case):
        if known == "pypi" or found.verdict != "refused":
            yield found
        else:
            why = f"PyPI would refuse it, whether this index does isn't known: {found.reason}"
            yield unknown(why, f"say what the index is: --rules NAME; or, as for PyPI: {found.fix}")
    yield from rules.free_name(case)


def _found(tried: Iterable[Rule], case: Case) -> Iterator[Finding]:
    return (found for rule in tried for found in rule(case))


def _known_in(directory: Path, environ: Mapping[str, str]) -> tuple[Config, dict[str, Version]]:
    """Return the settings, and the version of the last build by project."""
    if not directory.is_dir():
        raise ConfigError(what=f"there is no folder {directory}", fix="name the project's folder: -C DIR")
    try:
        project = read_project(directory)
    except ConfigError:
        with contextlib.suppress(OSError):
            if b"tool.uniqver" in read_bytes(directory / "pyproject.toml"):
                raise
        return read_config({}, environ, project=None), {}
    config = read_config(project.settings, environ, project=project.name)
    path = find_version_file(project, config.version_file)
    try:
        version = None if path is None else version_of(version_in(read_text(path)) or "")
    except OSError:
        version = None
    return config, {project.normalized_name: version} if project.normalized_name and version else {}


def _files(given: Iterable[str]) -> list[str]:
    """Return each file once. Not every shell expands patterns."""
    found: dict[str, None] = {}
    for path in given:
        paths = [path] if Path(path).exists() else sorted(glob.glob(path))  # noqa: PTH207  # may be absolute
        if not paths:
            raise UsageError(what=f"no such file: {path}", fix="build first: python -m build   (or check the path)")
        found.update(dict.fromkeys(p for p in paths if not p.endswith(_COMPANIONS)))
    if not found:
        raise UsageError(what="there's nothing to upload among these files", fix="uniqver check dist/*")
    return list(found)


def _read(path: str, name: Filename | None, catalogs: Mapping[str, Catalog]) -> Artifact | ArtifactError:
    """Return the artifact at ``path``, or what is wrong with it. Raises :class:`UsageError`."""
    file = Path(path)
    if file.is_dir():
        fix = f"uniqver check {file.as_posix()}/*" if _names(file) else "python -m build"
        raise UsageError(what=f"{path} is a folder", fix=fix)
    try:
        size = file.stat().st_size
        if file.is_file():  # opening a FIFO would wait; the reader refuses it
            file.open("rb").close()
        if name is None:
            return ArtifactError(
                what="this is neither the name of a wheel nor of an sdist",
                fix="give only the files that are to be uploaded: uniqver check dist/*.whl dist/*.tar.gz",
            )
        return _artifact(path, size, name, sorted({"sha256", *catalogs[name.project].algorithms}))
    except ArtifactError as error:
        return error
    except OSError as error:
        raise UsageError(what=f"{path} can't be read: {error.strerror}", fix="make it readable") from None


def _artifact(path: str, size: int, name: Filename, algorithms: Iterable[str]) -> Artifact:
    file = Path(path)
    texts: dict[str, bytes] = {}
    marks: list[tuple[str, str]] = []
    with opened(file) as entries:
        content = distribution_from(name.text, _looked_into(entries, texts, marks))
        for member, text in texts.items():
            if member.endswith("/RECORD"):
                record_rows(text.decode("utf-8", "replace"))  # for its limits
    is_both = zipfile.is_zipfile(file) and tarfile.is_tarfile(file)
    framing = pypi_archive.framing_fault(file) if name.kind == "wheel" else None
    return Artifact(path, size, name, content, digests(file, algorithms), texts, marks, framing, is_both)


def _looked_into(entries: Iterable[Entry], texts: dict[str, bytes], marks: list[tuple[str, str]]) -> Iterator[Entry]:
    """Yield ``entries``, and collect ``texts`` and ``marks``: a tar's member can be read only once."""
    for entry in entries:
        name, size = entry.member.name, entry.member.size
        is_kept = _KEPT.fullmatch(name) is not None and size <= MAX_TEXT
        is_scanned = PurePosixPath(name).suffix.lower() in pypi_archive.SCANNED and size <= pypi_archive.MAX_SCANNED
        if entry.member.kind == "file" and (is_kept or is_scanned):
            content = b"".join(entry.pieces())
            if is_kept:
                texts[name] = content
            elif (made_by := pypi_archive.obfuscator(content)) is not None:
                marks.append((name, made_by))
            yield entry._replace(open=partial(io.BytesIO, content))
        else:
            yield entry


def _names(folder: Path) -> tuple[str, ...]:
    """Of the files in ``folder``; none if it can't be listed."""
    try:
        return tuple(entry.name for entry in folder.iterdir() if entry.is_file())
    except OSError:
        return ()
