"""What stands for ``setuptools.build_meta`` in setuptools' own tests: uniqver's hooks, pinned to the version that setuptools gives.

The projects of those tests write their version out, which uniqver refuses. So around each hook the version is taken out of
their files, as ``uniqver init`` does, and handed in as a pin: the one that setuptools gives for a copy of the project.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver import build_meta

if TYPE_CHECKING:
    from collections.abc import Iterator

ASK = """
import importlib.metadata, pathlib, setuptools.build_meta as backend
name = {backend}.prepare_metadata_for_build_wheel("..", {settings})
print("version:", importlib.metadata.PathDistribution(pathlib.Path("..", name)).version)
"""


def version_of(backend: str, settings: object) -> str | None:
    """Return the version that setuptools gives, or ``None`` if it fails: then uniqver's hook has to fail as well."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(".", copy, symlinks=True)
        words = (sys.executable, "-c", ASK.format(backend=backend, settings=repr(settings)))
        said = subprocess.run(words, cwd=copy, capture_output=True, text=True, check=False).stdout
    found = re.search(r"^version: (\S+)$", said, re.MULTILINE)
    return None if found is None else found[1]


@contextlib.contextmanager
def pinned(backend: str, settings: object) -> Iterator[None]:
    """Take the version out of the files of the project, hand it in, and put the files back afterwards."""
    version = version_of(backend, settings)
    if version is not None:
        os.environ["UNIQVER_VERSION"] = version
    else:
        os.environ.setdefault("UNIQVER_VERSION", "0.0.0")
    was: dict[Path, str | None] = {}
    for name, pattern, instead in (
        ("pyproject.toml", r"(?<=\[project\]\n)((?:(?!\[).*\n)*?)^version = .*\n", r'\1dynamic = ["version"]\n'),
        ("pyproject.toml", r'^dynamic = \["version"\]\n((?:(?!\[).*\n)*?)^dynamic = \[', r'\1dynamic = ["version", '),
        ("pyproject.toml", r"(?<=\[tool\.setuptools\.dynamic\]\n)((?:(?!\[).*\n)*?)^version = .*$", r"\1"),
        ("setup.cfg", r"^version = .*$", ""),
        ("setup.py", r"^ *version=(?:'[\d.]+'|\"[\d.]+\"),$", ""),
    ):
        file = Path(name)
        text = file.read_text(encoding="utf-8") if file.is_file() else None
        if text is not None:
            new = re.sub(pattern, instead, text, count=1, flags=re.MULTILINE)
        elif name == "pyproject.toml":  # no frontend gets to a backend without one
            new = '[build-system]\nrequires = ["uniqver"]\n'
        else:
            continue
        if new != text:
            was.setdefault(file, text)
            file.write_text(new, encoding="utf-8")
    try:
        yield
    finally:
        for file, text in was.items():
            file.unlink() if text is None else file.write_text(text, encoding="utf-8")


class Backend:
    """The hooks of one of the two backends."""

    def __init__(self, wrapped: object, backend: str) -> None:
        self._wrapped, self._backend = wrapped, backend

    def __getattr__(self, name: str) -> object:
        hook = getattr(self._wrapped, name)

        def hooked(*words: object, **keywords: object) -> object:
            with pinned(self._backend, keywords.get("config_settings")):
                return hook(*words, **keywords)

        return hooked


_hooks = Backend(build_meta, "backend")
__legacy__ = Backend(build_meta.__legacy__, "backend.__legacy__")


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(_hooks, name)
