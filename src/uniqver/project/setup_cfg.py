"""setup.cfg, as far as a version depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from uniqver.errors import ConfigError
from uniqver.files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    SetupCfg: TypeAlias = Mapping[str, Mapping[str, str]]
    """Sections by name, each with its keys."""


def read_setup_cfg(path: Path) -> SetupCfg:
    """Return the sections of setup.cfg, read as setuptools reads them; empty if nothing in it concerns a version.

    Raises :class:`ConfigError` if it can't be read.
    """
    try:
        text = read_text(path)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        fix = "make setup.cfg a UTF-8 file that this user can read"
        raise ConfigError(what=f"{path} can't be read", fix=fix) from error
    return parse_setup_cfg(text, str(path)) if "[metadata]" in text or "[options]" in text else {}


def parse_setup_cfg(text: str, place: str) -> SetupCfg:
    """Return all sections. Raises :class:`ConfigError`, with ``place`` as the file's name, if it is not valid."""
    from configparser import Error, RawConfigParser  # 3 ms for the few who have such a setup.cfg

    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error as error:
        first = str(error).splitlines()[0]
        raise ConfigError(what=f"{place} can't be read: {first}", fix="correct that line of setup.cfg") from error
    return {section: dict(parser.items(section)) for section in parser.sections()}


def package_folders(setup_cfg: SetupCfg) -> list[str | None]:
    """Return where ``[options]`` puts packages: ``where`` and the empty name in ``package_dir``."""
    lines = setup_cfg.get("options", {}).get("package_dir", "").splitlines()
    folders = [line.partition("=") for line in lines]
    return [
        setup_cfg.get("options.packages.find", {}).get("where"),
        *(path.strip() for package, equals, path in folders if equals and not package.strip()),
    ]
