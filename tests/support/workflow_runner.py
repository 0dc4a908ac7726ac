"""Runs a workflow of GitHub Actions on this machine, as far as uniqver's recipes need it.

Each ``run`` step is run by bash in a checkout, with the variables that GitHub sets. The actions that the recipes
use are played: checkout clones, artifacts are folders, and the publish action uploads with twine to a loopback index.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.run import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Leg = dict[str, str]


class StepFailedError(Exception):
    """A step exited with something else than 0."""


@dataclass
class Run:
    """One run of a workflow: its attempts share the run number, the jobs' outputs and the artifacts."""

    workflow: Path
    repository: Path
    work: Path
    index_url: str
    run_number: int
    ref: str = "refs/heads/main"
    attempt: int = 0
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    done: set[tuple[str, str]] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    stubs: dict[str, Callable[[Path, dict[str, str]], None]] = field(default_factory=dict)
    """Commands (by a word in them) that are played, since they need another machine."""

    def again(self, *, only_failed: bool, failing: frozenset[tuple[str, str]] = frozenset()) -> bool:
        """Run the jobs in order: all of them, or those that didn't succeed. Tells whether all succeeded.

        ``failing`` are jobs and legs whose machine dies before the last step.
        """
        self.attempt += 1
        if not only_failed:
            self.done.clear()
            self.outputs.clear()
            shutil.rmtree(self.artifacts, ignore_errors=True)
        document = yaml.safe_load(self.workflow.read_text(encoding="utf-8"))
        succeeded: set[str] = set()
        for name, job in document["jobs"].items():
            needs = job.get("needs", [])
            if not {needs} <= succeeded if isinstance(needs, str) else not set(needs) <= succeeded:
                continue
            if all(self._leg(name, job, leg, failing) for leg in legs(job)):
                succeeded.add(name)
        return succeeded == set(document["jobs"])

    @property
    def artifacts(self) -> Path:
        return self.work / f"artifacts-{self.run_number}"

    def _leg(self, name: str, job: dict[str, Any], leg: Leg, failing: frozenset[tuple[str, str]]) -> bool:
        key = (name, "/".join(leg.values()))
        if key in self.done:
            return True
        place = self.work / f"{self.run_number}-{self.attempt}-{name}-{'-'.join(leg.values())}"
        place.mkdir(parents=True)
        steps: dict[str, dict[str, str]] = {}
        try:
            for number, step in enumerate(job["steps"]):
                if key in failing and number == len(job["steps"]) - 1:
                    raise StepFailedError(f"{name}: the machine died")
                if "if" in step and not self._condition(step["if"], leg):
                    continue
                self._step(place, job, step, leg, steps)
        except StepFailedError as error:
            self.said.append(str(error))
            return False
        self.done.add(key)
        self.outputs[name] = {k: self._filled(v, leg, steps) for k, v in job.get("outputs", {}).items()}
        return True

    def _step(
        self, place: Path, job: dict[str, Any], step: dict[str, Any], leg: Leg, steps: dict[str, dict[str, str]]
    ) -> None:
        uses = step.get("uses", "").partition("@")[0]
        with_ = {k: self._filled(str(v), leg, steps) for k, v in step.get("with", {}).items()}
        if "run" in step:
            environment = self._environment(place, [job, step], leg, steps)
            self._shell(place, self._filled(step["run"], leg, steps), environment, step.get("id"), steps)
        elif uses == "actions/checkout":
            depth = with_.get("fetch-depth", "1")
            words = [] if depth == "0" else ["--depth", depth, "--no-tags"]
            git(place, "clone", "-q", *words, "--branch", self.ref.split("/", 2)[2], self.repository.as_uri(), ".")
        elif uses == "actions/upload-artifact":
            target = self.artifacts / with_["name"]
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            found = [path for path in place.glob(with_["path"]) if path.is_file()]
            assert found
            for path in found:
                shutil.copy2(path, target)
        elif uses == "actions/download-artifact":
            for path in sorted(self.artifacts.glob(f"{with_['pattern']}/*")):
                (place / with_["path"]).mkdir(exist_ok=True)
                shutil.copy2(path, place / with_["path"])
        elif uses == "pypa/gh-action-pypi-publish":
            assert job["permissions"] == {"id-token": "write"}
            self._shell(place, "python -m twine upload --disable-progress-bar dist/*", self._twine(), None, {})
        else:
            assert uses == "actions/setup-python", uses

    def _shell(
        self,
        place: Path,
        text: str,
        environment: dict[str, str],
        identity: str | None,
        steps: dict[str, dict[str, str]],
    ) -> None:
        played = next((play for word, play in self.stubs.items() if word in text and "pip install" not in text), None)
        if played is not None:
            played(place, environment)
            return
        for word in self.stubs if "pip install" in text else ():
            text = text.replace(f" {word}", "")
        output = place / ".github-output"
        output.write_bytes(b"")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
            cwd=place,
            env={**environment, "GITHUB_OUTPUT": str(output)},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
        lines = output.read_text(encoding="utf-8").splitlines()
        output.unlink()
        if identity is not None:
            steps[identity] = dict(line.split("=", 1) for line in lines)
        if done.returncode:
            raise StepFailedError(f"{text}\n{done.stdout}\n{done.stderr}")

    def _environment(
        self, place: Path, levels: list[dict[str, Any]], leg: Leg, steps: dict[str, dict[str, str]]
    ) -> dict[str, str]:
        own = {k: self._filled(str(v), leg, steps) for level in levels for k, v in level.get("env", {}).items()}
        commit = git(self.repository, "rev-parse", f"{self.ref}^{{commit}}")
        return {
            **os.environ,
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": "https://forge.example",
            "GITHUB_REPOSITORY": "acme/sample",
            "GITHUB_WORKFLOW_REF": f"acme/sample/.github/workflows/{self.workflow.name}@{self.ref}",
            "GITHUB_RUN_ID": str(34180115000 + self.run_number),
            "GITHUB_RUN_NUMBER": str(self.run_number),
            "GITHUB_RUN_ATTEMPT": str(self.attempt),
            "GITHUB_REF": self.ref,
            "GITHUB_REF_NAME": self.ref.split("/", 2)[2],
            "GITHUB_SHA": commit,
            **own,
        }

    def _twine(self) -> dict[str, str]:
        return {
            **os.environ,
            "TWINE_REPOSITORY_URL": self.index_url,
            "TWINE_USERNAME": "__token__",
            "TWINE_PASSWORD": "pypi-loopback",
            "TWINE_NON_INTERACTIVE": "1",
        }

    def _filled(self, text: str, leg: Leg, steps: dict[str, dict[str, str]]) -> str:
        def value(match: re.Match[str]) -> str:
            area, *path = match[1].strip().split(".")
            if area == "matrix":
                return leg[path[0]]
            found = steps if area == "steps" else self.outputs
            return found[path[0]][path[2]]

        return re.sub(r"\$\{\{(.+?)\}\}", value, text)

    def _condition(self, text: str, leg: Leg) -> bool:
        match = re.fullmatch(r"matrix\.(\w+) == '([^']+)'", text)
        assert match is not None, text
        return leg[match[1]] == match[2]


def legs(job: dict[str, Any]) -> Iterator[Leg]:
    """The legs of a job's matrix; one without any."""
    matrix = job.get("strategy", {}).get("matrix", {})
    for values in itertools.product(*matrix.values()):
        yield dict(zip(matrix, values, strict=True))
