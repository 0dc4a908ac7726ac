"""``use_scm_version`` in setup.py: only running setup.py gives its value, so that is done in a process of its own.

setup.py is run up to the making of the Distribution (``stop_after="init"``, distutils' documented
``run_setup``): no command runs. That calls setuptools-scm already, which is told to ask nobody and write nothing.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from uniqver.errors import ScmError, UniqverError
from uniqver.model.tree import ScmState
from uniqver.vcs.setuptools_scm.state import Asked, read_scm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setuptools import Distribution

SECONDS = 300.0
"""How long setup.py may take."""

_START = """\
import sys
if sys.path[:1] == [""]:
    sys.path.append(sys.path.pop(0))  # setup.py may import its neighbours, as under setuptools' backend __legacy__
sys.path.append(sys.argv[1])
from uniqver.vcs.setuptools_scm.setup_py import main
main(sys.argv[2])
"""

_AT_REST = {"SETUPTOOLS_SCM_PRETEND_VERSION": "0", "SETUPTOOLS_SCM_WRITE_TO_SOURCE": "0"}
"""Keeps setuptools-scm from asking the SCM and from writing a version file, while setup.py only gives its settings."""

_PACKAGES = Path(__file__).parent.parent.parent
"""Where uniqver lies: an isolated build may have it in a folder that only this process knows."""


def read_over_setup_py(asked: Asked, environ: Mapping[str, str]) -> ScmState | None:
    """Return what setuptools-scm reports by the settings in setup.py, as :func:`.state.read_scm` does.

    Raises :class:`ScmError` if setup.py fails or calls no ``setup()``.
    """
    with tempfile.TemporaryDirectory(prefix="uniqver-") as folder:
        place = Path(folder, "asked.json")
        question = {**asked._asdict(), "table": dict(asked.table), "overrides": {}}
        place.write_text(json.dumps(question, default=str), encoding="utf-8")
        done = _run(asked.directory, place, environ)
        answer = Path(folder, "answer.json")
        if not answer.exists():
            raise ScmError(
                what=f"setup.py, which has use_scm_version, fails: {_last_line(done.stderr)}",
                fix="python setup.py --version   (shows the whole error)",
            )
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if "what" in found:
        raise ScmError(what=found["what"], fix=found["fix"])
    state = found["state"]
    return None if state is None else ScmState(**{**state, "files": tuple(state["files"])})


def main(place: str) -> None:
    """Answer the question in the file ``place``, beside it: what the process is started for."""
    asked = Asked(**json.loads(Path(place).read_text(encoding="utf-8")))
    environ = dict(os.environ)
    os.environ.update(_AT_REST)
    try:
        name, overrides = _settings_in_setup_py()
    finally:
        os.environ.clear()
        os.environ.update(environ)
    asked = asked._replace(directory=Path(asked.directory), name=asked.name or name, overrides=overrides)
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
            cwd=directory, env=dict(environ), timeout=SECONDS, text=True, encoding="utf-8", errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ScmError(
            what=f"setup.py, which has use_scm_version, gave no answer within {SECONDS:g} seconds",
            fix="python setup.py --version   (shows what holds it up)",
        ) from error


def _settings_in_setup_py() -> tuple[str | None, Mapping[str, object]]:
    """Run setup.py as far as the Distribution; return the project's name and the settings of ``use_scm_version``."""
    build_meta = importlib.import_module("setuptools.build_meta")
    run_setup = importlib.import_module("distutils.core").run_setup  # setuptools' own, now that that is imported
    with build_meta.no_install_setup_requires():  # what they are was asked for by get_requires_for_build_…
        distribution = cast("Distribution", run_setup("setup.py", ["--version"], stop_after="init"))
    value: object = getattr(distribution, "use_scm_version", None)
    if callable(value):
        value = value()
    settings = cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
    return distribution.metadata.name, settings


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no output"
