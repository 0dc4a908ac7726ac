"""``--install``: a wheel installed in a fresh virtual environment, imported, and the versions that it reports compared."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename
from packaging.version import InvalidVersion, Version

from uniqver.cli.check.rules import Case, Finding, Findings, note, refused
from uniqver.dists import Filename
from uniqver.model.versions import version_of

PIP_TIMEOUT = 600
"""Seconds, with downloads."""
IMPORT_TIMEOUT = 120

_PROBE = """
import importlib, importlib.metadata, json, sys
target, project, *modules = sys.argv[1:]
probed = {"metadata": importlib.metadata.version(project), "errors": {}, "versions": {}}
for name in modules:
    try:
        version = getattr(importlib.import_module(name), "__version__", None)
        if isinstance(version, str):
            probed["versions"][name] = version
    except BaseException as error:
        probed["errors"][name] = f"{type(error).__name__}: {error}"
with open(target, "w", encoding="utf-8") as file:
    json.dump(probed, file)
"""


def installation(case: Case) -> Findings:
    """``--install``: a wheel for this machine must install, import, and report the version of its file name."""
    if case.call.install and case.name.kind == "wheel" and _fits_here(case.name):
        names = [member.name for member in case.artifact.content.members]
        if (found := tried(Path(case.artifact.path), case.name, names)) is not None:
            yield found


def not_for_this_machine(case: Case) -> Findings:
    """A wheel that ``--install`` can't try."""
    if case.call.install and case.name.kind == "wheel" and not _fits_here(case.name):
        yield note("not tried by --install, since not for this machine", files=(case.name.text,))


def _fits_here(name: Filename) -> bool:
    return not parse_wheel_filename(name.text)[3].isdisjoint(sys_tags())


def tried(path: Path, name: Filename, members: Iterable[str]) -> Finding | None:
    """Install the wheel at ``path``, with ``members``, in a fresh environment and import it; return what is wrong."""
    with tempfile.TemporaryDirectory(prefix="uniqver-check-", ignore_cleanup_errors=True) as scratch:
        try:
            return _tried(path.resolve(), name, importable(members), Path(scratch, "venv"))
        except subprocess.TimeoutExpired:
            return refused(
                "--install: installing or importing it doesn't end", "import it by hand: what does it wait for?"
            )
        except (OSError, subprocess.CalledProcessError):
            return refused("--install: no virtual environment can be made here", "python -m venv /tmp/try")


def _tried(wheel: Path, name: Filename, modules: Sequence[str], home: Path) -> Finding | None:
    own_pip = _own_pip()
    venv.create(home, with_pip=not own_pip, symlinks=os.name != "nt")
    python = str(home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    pip = [sys.executable, "-m", "pip", "--python", str(home)] if own_pip else [python, "-m", "pip"]
    options = ["--disable-pip-version-check", "--no-input", "--quiet"]
    done = run_without("PYTHON", [*pip, "install", *options, str(wheel)], home, PIP_TIMEOUT)
    if done.returncode:
        return refused(f"--install: pip can't install it: {_last_line(done.stderr)}", f"pip install {wheel.name}")
    target = home / "probed.json"
    words = [python, "-I", "-c", _PROBE, str(target), name.project, *modules]
    done = run_without("PYTHON", words, home, IMPORT_TIMEOUT)
    if done.returncode or not target.is_file():
        return refused(f"--install: importing it ends Python: {_last_line(done.stderr)}", "import it by hand")
    return compare(name, **json.loads(target.read_text(encoding="utf-8")))


def importable(members: Iterable[str]) -> list[str]:
    """Return a wheel's packages and modules at the top; of a namespace package the first within."""
    packages: set[str] = set()
    modules: set[str] = set()
    for member in members:
        *folders, file = re.sub(r"^[^/]+\.data/(?:purelib|platlib)/", "", member).split("/")
        stem, _, suffix = file.partition(".")
        is_module = suffix == "py" or suffix.endswith(("so", "pyd"))
        if is_module and all(map(str.isidentifier, (*folders, stem))):
            if stem == "__init__":
                packages.add(".".join(folders))
            elif not folders:
                modules.add(stem)
    tops = {name for name in packages if not any(name.startswith(f"{other}.") for other in packages)}
    return sorted((tops | modules) - {""})


def _own_pip() -> bool:
    """Tell whether this environment's pip has ``--python``: a pip in each new one takes four times as long as the rest."""
    try:
        return Version(importlib.metadata.version("pip")) >= Version("22.3")
    except (importlib.metadata.PackageNotFoundError, InvalidVersion):
        return False


def compare(name: Filename, *, metadata: str, errors: Mapping[str, str], versions: Mapping[str, str]) -> Finding | None:
    """Return what disagrees with the file's ``name``."""
    for module, error in errors.items():
        return refused(f"--install: import {module} fails: {error}", f"python -c 'import {module}'")
    found = {
        "importlib.metadata.version": metadata,
        **{f"{module}.__version__": each for module, each in versions.items()},
    }
    for where, each in found.items():
        if version_of(each) != name.version:
            # a module without a package can't import the version file
            fix = f'__version__ = importlib.metadata.version("{name.project}") there, and build again'
            return refused(f"--install: the file name says {name.version}, {where} says {each}", fix)
    return None


def run_without(variables: str, command: Sequence[str], folder: Path, timeout: int) -> subprocess.CompletedProcess[str]:
    """Run a command without the variables that match a pattern. Raises OSError and TimeoutExpired.

    ``folder`` is never the project's: its sources would be imported instead of a wheel.
    """
    environ = {name: value for name, value in os.environ.items() if not re.match(variables, name)}
    return subprocess.run(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )


def _last_line(text: str) -> str:
    last = text.strip().splitlines()[-1:]
    return last[0].strip() if last else f"no message (Python {sys.version_info.major}.{sys.version_info.minor})"
