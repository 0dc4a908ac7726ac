"""Installs what the tests need and runs them.

Each Python gets a virtual environment of its own under `.venv-test`, filled again only when what it holds has changed.
The whole run tests uniqver as a wheel, so that the tests see what a user installs and not the checkout: the Pythons
of this machine that uniqver supports run what can differ between Pythons, and the one that runs this comes last and
runs everything. Ends with pytest's own summary and its exit code.

    python3 tests/run.py               everything, on every Python
    python3 tests/run.py --only-main   everything, on this Python
    python3 tests/run.py --quick       units, properties and goldens, on this Python and the checkout

What else is given goes to pytest.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ENVIRONMENTS = REPOSITORY / ".venv-test"
SUPPORTED = ("3.10", "3.11", "3.12", "3.13", "3.14")
EXTRAS = "[cli,redis,postgres]"
QUICK = ("tests/unit", "tests/property", "tests/golden")
ON_EVERY_PYTHON = (
    "tests/unit", "tests/golden", "tests/property/test_check_broken.py",
    # what rests on the standard library's archives, SQLite, dates and processes
    "tests/adapters/test_archives.py", "tests/adapters/test_hostile_artifacts.py", "tests/adapters/test_records.py",
    "tests/adapters/test_git_archive.py", *(f"tests/adapters/test_resolution.py::test_{name}" for name in (
        "a_timestamp", "git_processes", "each_allocation_takes_a_number", "the_hooks_of_a_build_share_a_number",
        "neither_git_nor_ci", "a_git_that_fails",
    )),
    "tests/builds/test_numbers.py", "tests/builds/test_cost.py",
)  # fmt: skip
LINT = (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("mypy",))


def main() -> int:
    """Run what is asked for; return the exit code."""
    parser = argparse.ArgumentParser(description="Install what the tests need and run them.", usage="%(prog)s [--only-main | --quick] [pytest's own arguments]")  # fmt: skip
    parser.add_argument("--only-main", action="store_true", help="only on this Python")
    parser.add_argument("--quick", action="store_true", help="lint, units, properties and goldens, on the checkout")
    options, given = parser.parse_known_args()
    current = "{}.{}".format(*sys.version_info)
    if current not in SUPPORTED:
        print(f"Python {current} is not supported ({', '.join(SUPPORTED)} are)", file=sys.stderr)
        return 1
    return quick(current, given) if options.quick else whole(current, given, only_main=options.only_main)


def quick(current: str, given: list[str]) -> int:
    """Lint, and test what decides, on the checkout as it is."""
    python = environment(current, Path(sys.executable))
    install(python, "--no-build-isolation", "-e", f".{EXTRAS}", key=f"the checkout, {requirements()}")
    return lint(python) or pytest(python, with_paths(given, *QUICK))


def whole(current: str, given: list[str], *, only_main: bool) -> int:
    """Test the wheel, on each Python."""
    python = environment(current, Path(sys.executable))
    wheel, key = built_wheel(python)
    others = {} if only_main else {v: p for v, p in sorted(pythons().items()) if v != current}
    with ThreadPoolExecutor() as pool:  # most of it is waiting for the index and the disk
        made = dict(zip(others, pool.map(environment, others, others.values()), strict=True))
        list(pool.map(lambda each: install(each, f"{wheel}{EXTRAS}", key=key), [python, *made.values()]))
    if code := lint(python):
        return code
    for version, other in made.items():
        title(f"pytest on Python {version}, what can differ between Pythons")
        if code := pytest(other, with_paths(given, "-m", "not once", *ON_EVERY_PYTHON)):
            return code
    title(f"pytest on Python {current}, everything")
    # some wait, for servers and for processes that they started
    return pytest(python, given or ["--cov", "--cov-report=term"], more=1)


def pythons() -> dict[str, Path]:
    """Return the supported Pythons of this machine: on PATH, and under pyenv."""
    found: dict[str, Path] = {}
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for folder in sorted(versions.iterdir()) if versions.is_dir() else ():
        match = re.fullmatch(r"(\d+\.\d+)\.\d+", folder.name)
        if match and match[1] in SUPPORTED and (folder / "bin/python").exists():
            found[match[1]] = folder / "bin/python"
    for version in SUPPORTED:
        on_path = shutil.which(f"python{version}")
        if version not in found and on_path and "shims" not in on_path:
            found[version] = Path(on_path)
    return found


def environment(version: str, interpreter: Path) -> Path:
    """Return the Python of a version's virtual environment, with the group `test` in it: made where it is missing."""
    folder = ENVIRONMENTS / version
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        must(interpreter, "-m", "venv", "--clear", folder)
        must(python, "-m", "pip", "-q", "install", "uv")  # a quarter of pip's time
    if noted(python, "test group") != requirements():
        must(*installing(python), "--upgrade", "--group", "test")
        note(python, "test group", requirements())
    return python


def requirements() -> str:
    """Return the digest of what pyproject.toml says that is needed."""
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    tables = re.findall(r"^\[(?:project|dependency-groups)[^\]]*\]$.*?(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    return hashlib.sha256("".join(tables).encode()).hexdigest()


def built_wheel(python: Path) -> tuple[Path, str]:
    """Build uniqver with itself, unless that was done from the same sources; return the wheel and their digest."""
    key = sources()
    folder = ENVIRONMENTS / "wheel" / key[:16]
    if not list(folder.glob("*.whl")):
        shutil.rmtree(folder.parent, ignore_errors=True)
        must(python, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder)
    (wheel,) = folder.glob("*.whl")
    return wheel, key


def sources() -> str:
    """Return the digest of what the wheel is built from."""
    digest = hashlib.sha256()
    top = [REPOSITORY / name for name in ("LICENSE", "README.md", "pyproject.toml")]
    for path in top + sorted(path for path in (REPOSITORY / "src/uniqver").rglob("*") if path.is_file()):
        if path.suffix != ".pyc" and path.name != "_version.py":
            digest.update(f"{path.relative_to(REPOSITORY).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def install(python: Path, *words: str | Path, key: str) -> None:
    """Install uniqver with its extras in place of any other, unless the same is installed."""
    if noted(python, "installed") != key:
        must(*installing(python), "--reinstall-package", "uniqver", *words)
        note(python, "installed", key)


def installing(python: Path) -> tuple[str | Path, ...]:
    """Return the start of a command that installs into an environment."""
    return python, "-m", "uv", "pip", "install", "-q", "--python", python


def noted(python: Path, what: str) -> str:
    """Return what was noted down of an environment."""
    file = python.parent.parent / f"uniqver-{what.replace(' ', '-')}"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def note(python: Path, what: str, text: str) -> None:
    """Note down what an environment holds."""
    (python.parent.parent / f"uniqver-{what.replace(' ', '-')}").write_text(text, encoding="utf-8")


def with_paths(given: list[str], *usual: str) -> list[str]:
    """Return pytest's arguments: the usual ones too, unless a folder, a file or a test is among those that are given."""
    named = any(not word.startswith("-") and (REPOSITORY / word.partition("::")[0]).exists() for word in given)
    return given if named else [*usual, *given]


def lint(python: Path) -> int:
    """Run ruff and mypy; return the first exit code that isn't 0."""
    for words in LINT:
        title(" ".join(words))
        if code := call(python, "-m", *words):
            return code
    return 0


def pytest(python: Path, words: list[str], *, more: int = 0) -> int:
    """Run pytest on all cores, with ``more`` workers than there are; return its exit code."""
    workers = str((os.cpu_count() or 1) + more)
    return call(python, "-m", "pytest", "-q", "-n", workers, "--dist", "worksteal", *words)


def title(text: str) -> None:
    """Say what comes next."""
    print(f"\n=== {text}", flush=True)


def call(*command: str | Path) -> int:
    """Run a command in the repository; return its exit code."""
    tools = {"TEST_UNIQVER_VENVS": str(ENVIRONMENTS / "tools")}  # environments that tests make, kept between runs
    environ = {**tools, **os.environ}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each process would compile all that it imports
    return subprocess.run([str(word) for word in command], cwd=REPOSITORY, env=environ, check=False).returncode


def must(*command: str | Path) -> None:
    """Run a command in the repository; end everything if it fails."""
    if code := call(*command):
        sys.exit(code)


if __name__ == "__main__":
    sys.exit(main())
