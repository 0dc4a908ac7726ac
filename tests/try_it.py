"""Shows the main job: a sample project of this repository, built as three runs of a CI.

Needs Python and git, and a package index for pip. Everything happens in a temporary folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
IDENTITY = ("-c", "user.name=Sample", "-c", "user.email=sample@example.org")


def say(command: str) -> None:
    """Show a command as a user would type it."""
    print(f"\n$ {command}", flush=True)


def run(*command: str | Path, cwd: Path, **variables: str) -> None:
    """Run a command quietly; show all that it said if it fails."""
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("UNIQVER_", "GITHUB_"))
    } | variables
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\n{command[0]} failed")


def main() -> None:
    """Make an environment, a wheel of uniqver and a repository, then build."""
    with tempfile.TemporaryDirectory(prefix="uniqver-") as name:
        folder = Path(name)
        print("Making a virtual environment and a wheel of uniqver …", flush=True)
        run(sys.executable, "-m", "venv", folder / "env", cwd=folder)
        python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        pip = (python, "-m", "pip", "-q", "--disable-pip-version-check")
        run(*pip, "install", "build", cwd=folder)
        run(*pip, "wheel", "--no-deps", "-w", folder / "wheels", REPOSITORY, cwd=folder)
        project = Path(shutil.copytree(REPOSITORY / "tests/packages/src_layout", folder / "sample"))
        print("A project with these lines, tagged v1.4.0, and one commit after it:\n")
        print((project / "pyproject.toml").read_text(encoding="utf-8").partition("requires-python")[0].rstrip())
        for words in ("init -q", "add -A", "commit -qm First", "tag v1.4.0", "commit -qm Second --allow-empty"):
            run("git", *IDENTITY, *words.split(), cwd=project)
        build = (python, "-m", "build", "-o", folder / "dist", project)
        offered = {"PIP_FIND_LINKS": f"{folder / 'wheels'} {os.environ.get('PIP_FIND_LINKS', '')}".strip()}
        say("python -m build        # on a developer's machine: a local version, which PyPI refuses")
        run(*build, cwd=project, **offered)
        show(folder / "dist", set(), "+g")
        commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=project, text=True).strip()
        for number, attempt in ((412, 1), (412, 2), (413, 1)):
            say(f"python -m build        # GitHub Actions, run {number}, attempt {attempt}")
            seen = set((folder / "dist").iterdir())
            run(*build, cwd=project, **offered, **github(number, attempt, commit))
            show(folder / "dist", seen, f".dev{number}{attempt:02}")
    print("\nFour builds of the same commit, four versions, none of them refused by an index for being there already.")


def github(number: int, attempt: int, commit: str) -> dict[str, str]:
    """Return what GitHub Actions sets for a run, and the setting that names the publishing workflow."""
    return {
        "GITHUB_SHA": commit,
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "acme/sample",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_WORKFLOW_REF": "acme/sample/.github/workflows/publish.yml@refs/heads/main",
        "GITHUB_RUN_ID": str(34_180_115_486 + number),
        "GITHUB_RUN_NUMBER": str(number),
        "GITHUB_RUN_ATTEMPT": str(attempt),
        "UNIQVER_WORKFLOW": "publish.yml",
    }


def show(dist: Path, seen: set[Path], expected: str) -> None:
    """Print the files that are new: a wheel and an sdist of a version with ``expected`` in it, or end with an error."""
    names = sorted(path.name for path in set(dist.iterdir()) - seen)
    for name in names:
        print(f"  {name}", flush=True)
    if len(names) != 2 or not all(expected in name for name in names):
        sys.exit(f"expected a wheel and an sdist of a new version with {expected} in it")


if __name__ == "__main__":
    main()
