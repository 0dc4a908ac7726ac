"""PyPI's rules for what a file holds.

Each docstring names the line in pypi/warehouse 6b62157 (L: warehouse/forklift/legacy.py, W: warehouse/utils/wheel.py),
read 2026-11-24. PyPI asks them after it has looked whether it has the file already. Pure.
"""

from __future__ import annotations

import configparser
import csv
import posixpath
import re
import zipfile
from typing import TYPE_CHECKING

from uniqver.cli.check.pypi_metadata import metadata_of
from uniqver.cli.check.report import Finding, Verdict, refused
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from uniqver.cli.check.rules import Case, Findings, Rule

RECORD_ANNOUNCED = "2026-02-01"
"""From when PyPI said it would refuse wheels that don't match RECORD (its blog, 2025-08-07); it still only mails."""

_AGAIN = "build it again: python -m build"
_SETUPTOOLS = "build it again with a current setuptools"


def polyglot(case: Case) -> Findings:
    """A file is a zip file or a tar file, not both (L319)."""
    if case.artifact.contents.is_both:
        yield refused("it can be read both as a zip file and as a tar file: PyPI refuses that", _AGAIN)


def compression(case: Case) -> Findings:
    """Members must be stored or deflated (L356); pip reads others too."""
    accepted = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(member.compression not in accepted for member in case.artifact.content.members):
        yield refused("a member is packed in a way that PyPI doesn't accept (only stored and deflated)", _SETUPTOOLS)


def root_folder(case: Case) -> Findings:
    """An sdist has one folder at its top, with PKG-INFO in it (L369, L433)."""
    root = _root(case)
    wanted = posixpath.join(root, "PKG-INFO")
    if case.name.kind == "sdist" and root in ("", ".", "/"):
        yield refused("an sdist has exactly one folder at its top: PyPI refuses this one", _AGAIN)
    elif case.name.kind == "sdist" and wanted not in _members(case):
        yield refused(f"there is no {printable(wanted)}: PyPI refuses the sdist", _AGAIN)


def _members(case: Case) -> list[str]:
    return [member.name for member in case.artifact.content.members]


def _root(case: Case) -> str:
    """Return the folder that all members are in; empty if there is none."""
    return posixpath.commonpath(names) if (names := _members(case)) else ""


def dist_info(case: Case) -> Findings:
    """WHEEL, RECORD and METADATA are in the ``.dist-info`` that the file name names, letter for letter (L387, L1541, L1587)."""
    for file in ("WHEEL", "RECORD", "METADATA") if case.name.kind == "wheel" else ():
        wanted = f"{_stem(case)}.dist-info/{file}"
        if wanted not in _members(case):
            reason = f"there is no {printable(wanted)}: PyPI wants .dist-info named as the file, letter for letter"
            yield refused(reason, f"{_SETUPTOOLS}; never rename a wheel")


def obfuscated(case: Case) -> Findings:
    """No Python source is PyArmor's or SourceDefender's (L391, L462; warehouse/utils/scanner_rules)."""
    for member, made_by in case.artifact.contents.marks:
        reason = f"{printable(member)} is encrypted by {made_by}: PyPI refuses it"
        yield refused(reason, "upload the source, or to an index of your own")


def framing(case: Case) -> Findings:
    """A zip file reads the same with and without its list of members (L403; warehouse/utils/zipfiles.py)."""
    if case.artifact.contents.framing is not None:
        yield refused(f"the zip file {case.artifact.contents.framing}: PyPI refuses it", _SETUPTOOLS)


def zip_sdist(case: Case) -> Findings:
    """An sdist is a ``.tar.gz`` (L1382, PEP 625)."""
    if case.name.kind == "sdist" and not case.name.text.endswith(".tar.gz"):
        yield refused("it is a .zip: PyPI accepts sdists as .tar.gz only", "python -m build --sdist")


def license_files(case: Case) -> Findings:
    """Each License-File is in the file (L1397, L1515; PEP 639)."""
    metadata = metadata_of(case)
    names = {name.rstrip("/") for name in _members(case)}
    root = f"{_stem(case)}.dist-info/licenses" if case.name.kind == "wheel" else _root(case)
    for license_file in (metadata.license_files or []) if metadata is not None else ():
        wanted = posixpath.join(root, license_file)
        if wanted not in names:
            what = f"its metadata names the License-File {printable(license_file)}, and there is no {printable(wanted)}"
            fix = "build it again with setuptools 77 or newer, or correct license-files"
            yield refused(f"{what}: PyPI refuses it", fix)


def entry_points(case: Case) -> Findings:
    """``entry_points.txt`` is an INI file, and scripts have plain names (L1567; W240-290)."""
    text = _text(case, "entry_points.txt")
    if text is not None and (problem := _entry_point_problem(text)) is not None:
        yield refused(f"entry_points.txt {problem}: PyPI refuses it", "correct [project.scripts]")


def _entry_point_problem(text: bytes) -> str | None:
    parser = configparser.ConfigParser(delimiters=("=",))  # as the entry points specification has it
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # names keep their case
    try:
        parser.read_string(text.decode())
    except UnicodeDecodeError:
        return "is not UTF-8"
    except configparser.Error as error:
        return f"is not an INI file ({printable(str(error).splitlines()[0])})"
    for group in ("console_scripts", "gui_scripts"):
        for name in parser.options(group) if parser.has_section(group) else ():
            if re.fullmatch(r"[\w.-]+", name) is None:
                return f"has a script with the name {printable(name)!r}"
    return None


def record(case: Case) -> Findings:
    """RECORD can be read as CSV in UTF-8 (W125-133); on an empty line in it PyPI's code fails (W128)."""
    text = _text(case, "RECORD")
    if text is not None and _recorded(text) is None:
        yield refused("RECORD is not CSV in UTF-8, or has an empty line: PyPI refuses it", _AGAIN)


def unlike_record(case: Case) -> Findings:
    """A note: RECORD lists exactly the files of a wheel (L1558, W110-150). PyPI mails today, and announced a refusal."""
    text = _text(case, "RECORD")
    members = {name for name in _members(case) if not name.endswith(("/", "\\"))}
    exempt = {f"{_stem(case)}.dist-info/{name}" for name in ("RECORD.jws", "RECORD.p7s")}
    recorded = None if text is None else _recorded(text)
    if case.rules != "names" and recorded not in (None, members - exempt):
        future = f"refuses such wheels in future (announced for {RECORD_ANNOUNCED})"
        reason = f"RECORD does not list exactly the members: PyPI mails its owners, and {future}"
        yield Finding(Verdict.NOTE, reason, files=(case.name.text,))


def _recorded(text: bytes) -> set[str] | None:
    """Return the files that a RECORD lists; ``None`` if it can't be read as PyPI reads it."""
    try:
        return {row[0].replace("\\", "/") for row in csv.reader(text.decode().splitlines())}
    except (UnicodeDecodeError, csv.Error, IndexError):
        return None


def _text(case: Case, name: str) -> bytes | None:
    return case.artifact.contents.texts.get(f"{_stem(case)}.dist-info/{name}")


def _stem(case: Case) -> str:
    """Return name and version as the file name spells them."""
    return "-".join(case.name.text.split("-", 2)[:2])


ARCHIVE_RULES: tuple[Rule, ...] = (polyglot, compression, root_folder, dist_info, obfuscated, framing, zip_sdist)
"""What PyPI asks before it looks at the name."""
AFTER_NAME_RULES: tuple[Rule, ...] = (license_files, record, entry_points)
"""What it asks after that."""
