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
    from uniqver.cli.check.rules import Case, Rule

RECORD_ANNOUNCED = "2026-02-01"
"""From when PyPI said it would refuse wheels that don't match RECORD (its blog, 2025-08-07); it still only mails."""

_AGAIN = "build it again: python -m build"
_SETUPTOOLS = "build it again with a current setuptools"
_NO_ROOT = ("", ".", "/")


def polyglot(case: Case) -> Finding | None:
    """A file is a zip file or a tar file, not both (L319)."""
    if not case.artifact.contents.is_both:
        return None
    return refused("it can be read both as a zip file and as a tar file: PyPI refuses that", _AGAIN)


def compression(case: Case) -> Finding | None:
    """Members must be stored or deflated (L356); pip reads others too."""
    if all(
        member.compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in case.artifact.content.members
    ):
        return None
    return refused("a member is packed in a way that PyPI doesn't accept (only stored and deflated)", _SETUPTOOLS)


def root_folder(case: Case) -> Finding | None:
    """An sdist has one folder at its top, with PKG-INFO in it (L369, L433)."""
    if case.name.kind != "sdist":
        return None
    root = _root(case)
    wanted = posixpath.join(root, "PKG-INFO")
    if root in _NO_ROOT:
        return refused("an sdist has exactly one folder at its top: PyPI refuses this one", _AGAIN)
    if wanted not in _members(case):
        return refused(f"there is no {printable(wanted)}: PyPI refuses the sdist", _AGAIN)
    return None


def _members(case: Case) -> list[str]:
    return [member.name for member in case.artifact.content.members]


def _root(case: Case) -> str:
    """Return the folder that all members are in; empty if there is none."""
    return posixpath.commonpath(names) if (names := _members(case)) else ""


def dist_info(case: Case) -> Finding | None:
    """WHEEL, RECORD and METADATA are in the ``.dist-info`` that the file name names, letter for letter (L387, L1541, L1587)."""
    if case.name.kind != "wheel":
        return None
    names = _members(case)
    for file in ("WHEEL", "RECORD", "METADATA"):
        wanted = f"{_stem(case)}.dist-info/{file}"
        if wanted not in names:
            return refused(
                f"there is no {printable(wanted)}: PyPI wants .dist-info named as the file, letter for letter",
                "build it again with a current setuptools; never rename a wheel",
            )
    return None


def obfuscated(case: Case) -> Finding | None:
    """No Python source is PyArmor's or SourceDefender's (L391, L462; warehouse/utils/scanner_rules)."""
    for member, made_by in case.artifact.contents.marks:
        return refused(
            f"{printable(member)} is encrypted by {made_by}: PyPI refuses it",
            "upload the source, or to an index of your own",
        )
    return None


def framing(case: Case) -> Finding | None:
    """A zip file reads the same with and without its list of members (L403; warehouse/utils/zipfiles.py)."""
    fault = case.artifact.contents.framing
    return None if fault is None else refused(f"the zip file {fault}: PyPI refuses it", _SETUPTOOLS)


def zip_sdist(case: Case) -> Finding | None:
    """An sdist is a ``.tar.gz`` (L1382, PEP 625)."""
    if case.name.kind != "sdist" or case.name.text.endswith(".tar.gz"):
        return None
    return refused("it is a .zip: PyPI accepts sdists as .tar.gz only", "python -m build --sdist")


def license_files(case: Case) -> Finding | None:
    """Each License-File is in the file (L1397, L1515; PEP 639)."""
    metadata = metadata_of(case)
    names = {name.rstrip("/") for name in _members(case)}
    root = f"{_stem(case)}.dist-info/licenses" if case.name.kind == "wheel" else _root(case)
    for license_file in (metadata.license_files or []) if metadata is not None else ():
        wanted = posixpath.join(root, license_file)
        if wanted not in names:
            return refused(
                f"its metadata names the License-File {printable(license_file)}, and there is no {printable(wanted)}: "
                "PyPI refuses it",
                "build it again with setuptools 77 or newer, or correct license-files",
            )
    return None


def entry_points(case: Case) -> Finding | None:
    """``entry_points.txt`` is an INI file, and scripts have plain names (L1567; W240-290)."""
    text = case.artifact.contents.texts.get(f"{_stem(case)}.dist-info/entry_points.txt")
    if text is None or (problem := _entry_point_problem(text)) is None:
        return None
    return refused(f"entry_points.txt {problem}: PyPI refuses it", "correct [project.scripts]")


class _EntryPoints(configparser.ConfigParser):
    """The file format of the entry points specification: names keep their case, ``=`` separates."""

    optionxform = staticmethod(str)  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__(delimiters=("=",))


def _entry_point_problem(text: bytes) -> str | None:
    parser = _EntryPoints()
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


def record(case: Case) -> Finding | None:
    """RECORD can be read as CSV in UTF-8 (W125-133); on an empty line in it PyPI's code fails (W128)."""
    text = case.artifact.contents.texts.get(f"{_stem(case)}.dist-info/RECORD")
    if text is not None and _recorded(text) is None:
        return refused("RECORD is not CSV in UTF-8, or has an empty line: PyPI refuses it", _AGAIN)
    return None


def unlike_record(case: Case) -> Finding | None:
    """A note: RECORD lists exactly the files of a wheel (L1558, W110-150). PyPI mails today, and announced a refusal."""
    text = case.artifact.contents.texts.get(f"{_stem(case)}.dist-info/RECORD")
    recorded = None if text is None else _recorded(text)
    if case.rules == "names" or recorded is None:
        return None
    members = {name for name in _members(case) if not name.endswith(("/", "\\"))}
    exempt = {f"{_stem(case)}.dist-info/{name}" for name in ("RECORD.jws", "RECORD.p7s")}
    if recorded == members - exempt:
        return None
    return Finding(
        Verdict.NOTE,
        f"RECORD does not list exactly the members: PyPI mails its owners, and refuses such wheels in future (announced "
        f"for {RECORD_ANNOUNCED})",
        files=(case.name.text,),
    )


def _recorded(text: bytes) -> set[str] | None:
    """Return the files that a RECORD lists; ``None`` if it can't be read as PyPI reads it."""
    try:
        return {row[0].replace("\\", "/") for row in csv.reader(text.decode().splitlines())}
    except (UnicodeDecodeError, csv.Error, IndexError):
        return None


def _stem(case: Case) -> str:
    """Return name and version as the file name spells them."""
    return "-".join(case.name.text.split("-", 2)[:2])


ARCHIVE_RULES: tuple[Rule, ...] = (polyglot, compression, root_folder, dist_info, obfuscated, framing, zip_sdist)
"""What PyPI asks before it looks at the name."""
AFTER_NAME_RULES: tuple[Rule, ...] = (license_files, record, entry_points)
"""What it asks after that."""
