"""Installs what the tests need and runs them, on every Python that uniqver supports and this machine has.

Each Python gets a virtual environment of its own with uniqver as a wheel, so that the tests see what a user
installs and not the checkout. The main Python (the one that runs this) comes last and runs everything; the
others run what can differ between Pythons. Ends with pytest's own summary and its exit code.

    python3 tests/run.py [--only-main] [pytest's own arguments]
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ENVIRONMENTS = REPOSITORY / ".venv-test"
SUPPORTED = ("3.10", "3.11", "3.12", "3.13", "3.14")
EXTRAS = "[cli,redis,postgres]"
ON_EVERY_PYTHON = (
    "tests/unit", "tests/property", "tests/golden", "tests/adapters",
    "tests/builds/test_numbers.py", "tests/builds/test_cost.py",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run it all; return the exit code."""
    current = "{}.{}".format(*sys.version_info)
    if current not in SUPPORTED:
        print(f"Python {current} is not supported ({', '.join(SUPPORTED)} are)", file=sys.stderr)
        return 1
    others = {} if "--only-main" in arguments else {v: p for v, p in sorted(pythons().items()) if v != current}
    given = [argument for argument in arguments if argument != "--only-main"]
    python = environment(current, Path(sys.executable))
    wheel = built_wheel(python)
    install(python, wheel)
    for words in (["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"]):
        title(f"{' '.join(words)} ({current})")
        if code := call(python, "-m", *words):
            return code
    for version, interpreter in others.items():
        title(f"pytest on Python {version}, what can differ between Pythons")
        other = environment(version, interpreter)
        install(other, wheel)
        if code := pytest(other, given or ["-m", "not servers", *filter(has_tests, ON_EVERY_PYTHON)]):
            return code
    title(f"pytest on Python {current}, everything")
    return pytest(python, given or ["--cov", "--cov-report=term"])


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
    """Make the virtual environment for a Python version, if it isn't there; return its Python."""
    folder = ENVIRONMENTS / version
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        must(interpreter, "-m", "venv", "--clear", folder)
        must(python, "-m", "pip", "-q", "install", "--upgrade", "pip")
    must(python, "-m", "pip", "-q", "install", "--upgrade", "--group", "test")
    return python


def built_wheel(python: Path) -> Path:
    """Build uniqver with itself; return the wheel."""
    folder = ENVIRONMENTS / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    must(python, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(python: Path, wheel: Path) -> None:
    """Install the wheel with its extras, in place of any other."""
    must(python, "-m", "pip", "-q", "uninstall", "-y", "uniqver")
    must(python, "-m", "pip", "-q", "install", f"{wheel}{EXTRAS}")


def has_tests(name: str) -> bool:
    """Tell whether a folder holds a test (or is one)."""
    path = REPOSITORY / name
    return path.is_file() or any(path.rglob("test_*.py"))


def pytest(python: Path, words: list[str]) -> int:
    """Run pytest on all cores; return its exit code."""
    return call(python, "-m", "pytest", "-q", "-n", str(os.cpu_count() or 1), *words)


def title(text: str) -> None:
    """Say what comes next."""
    print(f"\n=== {text}", flush=True)


def call(*command: str | Path) -> int:
    """Run a command in the repository; return its exit code."""
    return subprocess.run([str(word) for word in command], cwd=REPOSITORY, check=False).returncode


def must(*command: str | Path) -> None:
    """Run a command in the repository; end everything if it fails."""
    if code := call(*command):
        sys.exit(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
