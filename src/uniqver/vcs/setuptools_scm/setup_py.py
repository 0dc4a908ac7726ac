"""``use_scm_version`` in setup.py: only running setup.py tells its value, so that is done in a process of its own.

setup.py is run up to the making of the Distribution (``stop_after="init"``, distutils' documented
``run_setup``): no command runs. That calls setuptools-scm already, which is told to ask nobody and write nothing.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

from uniqver.errors import ScmError, UniqverError
from uniqver.model.decision import ScmState
from uniqver.vcs.setuptools_scm.state import Asked, read_scm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from setuptools import Distribution

SECONDS = 300.0
"""How long setup.py may take."""

_START = """\
import sys
if sys.path[:1] == [""]:
    del sys.path[0]  # setuptools.build_meta keeps the project's folder off the path, too
sys.path.append(sys.argv[1])
from uniqver.vcs.setuptools_scm.setup_py import main
main(sys.argv[2])
"""

_AT_REST = {"SETUPTOOLS_SCM_PRETEND_VERSION": "0", "SETUPTOOLS_SCM_WRITE_TO_SOURCE": "0"}
"""Keeps setuptools-scm from asking the SCM and from writing a version file, while setup.py only tells its settings."""

_PACKAGES = Path(__file__).parent.parent.parent
"""Where uniqver lies: an isolated build may have it in a folder that only this process knows."""


def read_over_setup_py(asked: Asked, environ: Mapping[str, str]) -> ScmState | None:
    """Return what setuptools-scm says by the settings in setup.py; see :func:`uniqver.vcs.setuptools_scm.state.read_scm`.

    Raises :class:`ScmError` where setup.py fails or calls no ``setup()``.
    """
    with tempfile.TemporaryDirectory(prefix="uniqver-") as folder:
        place = Path(folder, "asked.json")
        question = dataclasses.asdict(asked) | {"directory": str(asked.directory)}
        place.write_text(json.dumps(question, default=str), encoding="utf-8")
        done = _run(asked.directory, place, environ)
        answer = Path(folder, "answer.json")
        if not answer.exists():
            raise ScmError(
                what=f"setup.py, which has use_scm_version, fails: {_last_line(done.stderr)}",
                fix="python setup.py --version   (shows the whole error)",
            )
        found = cast("dict[str, object]", json.loads(answer.read_text(encoding="utf-8")))
    if "what" in found:
        raise ScmError(what=str(found["what"]), fix=str(found["fix"]))
    return _as_state(cast("dict[str, object] | None", found["state"]))


def main(place: str) -> None:
    """Answer the question in the file ``place``, beside it: what the process is started for."""
    question = cast("dict[str, object]", json.loads(Path(place).read_text(encoding="utf-8")))
    directory = Path(cast("str", question["directory"]))
    environ = dict(os.environ)
    os.environ.update(_AT_REST)
    try:
        name, overrides = _what_setup_py_says()
    finally:
        os.environ.clear()
        os.environ.update(environ)
    asked = Asked(
        directory=directory,
        name=cast("str | None", question["name"]) or name,
        tool=cast("str", question["tool"]),
        table=cast("dict[str, object]", question["table"]),
        overrides=overrides,
        tag=cast("str | None", question["tag"]),
    )
    try:
        state = read_scm(asked, os.environ)
        answer: dict[str, object] = {"state": None if state is None else state._asdict()}
    except UniqverError as error:
        answer = {"what": error.what, "fix": error.fix}
    Path(place).with_name("answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _run(directory: Path, place: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [sys.executable, "-c", _START, str(_PACKAGES), str(place)],
            cwd=directory,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=SECONDS,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ScmError(
            what=f"setup.py, which has use_scm_version, gave no answer within {SECONDS:g} seconds",
            fix="python setup.py --version   (shows what holds it up)",
        ) from error


def _what_setup_py_says() -> tuple[str | None, Mapping[str, object]]:
    """Run setup.py as far as the Distribution; return the project's name and the settings of ``use_scm_version``."""
    build_meta = importlib.import_module("setuptools.build_meta")
    run_setup = importlib.import_module("distutils.core").run_setup  # setuptools' own, now that that is imported
    with build_meta.no_install_setup_requires():  # what they are was asked for by get_requires_for_build_…
        distribution = cast("Distribution", run_setup("setup.py", ["--version"], stop_after="init"))
    value: object = getattr(distribution, "use_scm_version", None)
    if callable(value):
        value = cast("Callable[[], object]", value)()
    settings = cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
    return distribution.metadata.name, settings


def _as_state(values: dict[str, object] | None) -> ScmState | None:
    if values is None:
        return None
    return ScmState(**{**values, "files": tuple(cast("list[str]", values["files"]))})  # type: ignore[arg-type]


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it says nothing"
