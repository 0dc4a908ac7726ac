"""Environments of CI systems as their runners make them: one file for each system and situation, in ``tests/ci_environments``.

A file has the whole set of variables, where their names were read (its first line), and what must come of them on a tree
whose HEAD is :data:`~tests.support.facts.COMMIT`: three commits after v1.4.0, or for a tag on v1.4.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.facts import config, git_state
from uniqver.ci import detect
from uniqver.config import loads
from uniqver.project import Project
from uniqver.resolve.compute import compute
from uniqver.resolve.facts import facts_of
from uniqver.resolve.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uniqver.model.decision import CiRun, Decision

FOLDER = Path(__file__).parent.parent / "ci_environments"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One run of a CI system, and what must come of it."""

    name: str
    """``github/push``."""
    system: str
    environ: Mapping[str, str]
    version: str
    """The whole version, if it is public; else ``local``."""
    run: Mapping[str, Any]
    """Fields of ``CiRun``; ``why`` is a part of the reason why the number isn't trusted, ``none`` that no CI is detected."""
    settings: str
    """``[tool.uniqver]`` as written."""

    @cached_property
    def workflow(self) -> str | None:
        """The setting."""
        return config(self.settings).workflow

    @cached_property
    def detected(self) -> CiRun | None:
        """The run that is found."""
        return detect(self.environ, workflow=self.workflow)

    @cached_property
    def place(self) -> Path:
        """The project's folder."""
        run = detect(self.environ, workflow=None)
        detected = "/nowhere" if run is None or run.workspace is None else run.workspace
        return Path(self.run.get("workspace") or detected).expanduser().resolve()

    def decide(self, environ: Mapping[str, str] | None = None) -> Decision:
        """Return what a build gets in this situation, or in the same with another environment."""
        environ = self.environ if environ is None else environ
        on_tag = self.version == "1.4.1"
        request = Request(
            project=Project(directory=self.place, name="app", settings={}),
            config=config(self.settings, environ),
            environ=environ,
            now=1_700_000_000,
            purpose="version",
        )
        tree = git_state(tags=("v1.4.1",) if on_tag else ("v1.4.0",), distance=0 if on_tag else 3, branch=None)
        return compute(facts_of(request, repository=None, git=tree), ())


def read(path: Path) -> Situation:
    """Read one file."""
    found = loads(path.read_text(encoding="utf-8"))
    settings = found.get("settings", "") + (f'\nworkflow = "{found["workflow"]}"' if "workflow" in found else "")
    return Situation(
        name=f"{path.parent.name}/{path.stem}",
        system=path.parent.name,
        environ=found["environ"],
        version=found["version"],
        run=found["run"],
        settings=settings,
    )


def _read_all() -> Iterator[Situation]:
    for path in sorted(FOLDER.glob("*/*.toml")):
        yield read(path)


SITUATIONS = tuple(_read_all())
"""All of them."""
