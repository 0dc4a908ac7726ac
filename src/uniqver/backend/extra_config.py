"""``DIST_EXTRA_CONFIG``: how setuptools is told the version of a build and where to stage its files.

It names one more file that is read like setup.cfg, after it (setuptools, "Configuration files"). A user's own file
stays in force: its settings are copied, and ours come last.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.backend.environment import set_variables
from uniqver.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIABLE = "DIST_EXTRA_CONFIG"


@contextlib.contextmanager
def extra_config(version: str | None) -> Iterator[None]:
    """While this lasts, setuptools takes ``version`` as the project's, if the project doesn't set one itself.

    It also collects what goes into a wheel in folders of this build alone: in the project's own ``build`` it would find
    modules that an older build left and that are long deleted, and half of a wheel that a killed build left. And what
    setup.cfg would append to each version (``tag_build``, ``tag_date``) has no effect. With ``version`` ``None`` only
    that. Raises :class:`ConfigError` if the user's own ``DIST_EXTRA_CONFIG`` can't be read.
    """
    users = os.environ.get(VARIABLE)
    with tempfile.TemporaryDirectory(prefix="uniqver-") as directory:  # private to this user (0700)
        path = Path(directory, "version.cfg")
        wanted = {
            "build": {"build_lib": str(Path(directory, "lib"))},
            "bdist_wheel": {"bdist_dir": str(Path(directory, "wheel"))},
            "egg_info": {"tag_build": "", "tag_date": "0"},
        }
        if version is not None:
            wanted["metadata"] = {"version": version}
        path.write_text(_settings(users, wanted), encoding="utf-8")
        with set_variables({VARIABLE: str(path)}):
            yield


def _settings(users: str | None, wanted: Mapping[str, Mapping[str, str]]) -> str:
    if users is None or not os.path.exists(users):  # noqa: PTH110  setuptools ignores a missing one too
        return "".join(
            f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
            for section, values in wanted.items()
        )
    return _merged(users, wanted)


def _merged(users: str, wanted: Mapping[str, Mapping[str, str]]) -> str:
    import io
    from configparser import Error, RawConfigParser

    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keep the case of keys, as setuptools does
    try:
        parser.read_string(Path(users).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, Error) as error:
        raise ConfigError(
            what=f"{users} ({VARIABLE}) can't be read: {str(error).splitlines()[0]}",
            fix=f"correct that file, or unset {VARIABLE}",
        ) from error
    for section, values in wanted.items():
        if not parser.has_section(section):
            parser.add_section(section)
        for key, value in values.items():
            parser.set(section, key, value)
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()
