"""Runs a build hook in a process of its own, with the facts of another build instead of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from uniqver.config import EPOCH, FACTS
from uniqver.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE = "import sys; from uniqver import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"


def build_again(
    hook: Literal["build_sdist", "build_wheel"], source: Path, into: Path, facts: Path, environ: Mapping[str, str]
) -> Path:
    """Build the project at ``source`` with the facts in the file ``facts``; return the artifact in ``into``.

    This environment's setuptools builds, and whatever else the project needs must be here too.
    Raises :class:`ArtifactError` where the build fails.
    """
    into.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _CODE, hook, str(into)],
        cwd=source,
        env={**_environment(environ), FACTS: str(facts)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        last = [line for line in done.stdout.splitlines() if line.strip()][-1:] or ["no word why"]
        raise ArtifactError(
            what=f"building it again failed: {last[0].strip()}",
            fix="install what this project's build needs into this environment (build-system.requires)",
        )
    (made,) = into.iterdir()
    return made


def unpack(sdist: Path, into: Path) -> Path:
    """Unpack an sdist that was built just now; return its top folder."""
    with tarfile.open(sdist) as archive:
        archive.extractall(into, filter="data")
    return into / sdist.name.removesuffix(".tar.gz")


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would change the version or the times; whatever else a build reads stays."""
    kept = {
        name: value for name, value in environ.items() if not name.startswith(("UNIQVER_", "GIT_")) and name != EPOCH
    }
    here = str(Path(__file__).parent.parent)
    # the uniqver that verifies is the one that builds, also where it runs from a folder of its own
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, (here, kept.get("PYTHONPATH"))))}
