"""A year of a project's builds, simulated: no version twice but within one build, and order kept.

Three branches, two workflows of which one publishes, re-runs of everything and of failed jobs only, a
renamed workflow, tags in the middle, a matrix of six legs. The seed is fixed; pytest -s prints the table.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.support.facts import facts, git_state

from uniqver.ci import detect
from uniqver.resolve.compute import compute

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 365
LEGS = 6
RENAMED_ON = 200
SETTINGS = 'branches = {"release/*" = {segment = "rc"}, "main" = {bump = "minor"}}'


@dataclass(frozen=True, kw_only=True)
class Build:
    """One leg of a run that came through."""

    day: int
    run: int
    attempt: int
    branch: str
    version: str
    build: str
    """What makes legs one build: the run and its attempt."""


@dataclass(kw_only=True)
class Year:
    """The repository and its CI, day by day."""

    settings: str
    chance: random.Random = field(default_factory=lambda: random.Random(20261122))
    run_id: int = 34_180_115_486
    run_numbers: Counter[str] = field(default_factory=Counter)
    tags: dict[str, str] = field(
        default_factory=lambda: {"main": "v1.4.0", "feature": "v1.4.0", "release/1.4": "v1.4.0"}
    )
    distance: Counter[str] = field(default_factory=Counter)
    builds: list[Build] = field(default_factory=list)
    local: list[Build] = field(default_factory=list)
    """What no index takes."""

    def pass_by(self) -> Year:
        """Let the year happen."""
        for day in range(DAYS):
            publish = "publish.yml" if day < RENAMED_ON else "release.yml"
            for branch in ("main", "feature", "release/1.4"):
                for _ in range(self.chance.choice((0, 1, 1, 2))):
                    self.distance[branch] += 1
                    self.run(day, branch, "test.yml")
                    self.run(day, branch, publish)
            if day % 90 == 89:
                self.release(day, publish)
        return self

    def release(self, day: int, publish: str) -> None:
        """Tag main with what it leads to, and the maintenance branch with a fix."""
        for branch, bump in (("main", 1), ("release/1.4", 2)):
            last = Version(self.tags[branch].removeprefix("v"))
            parts = [*last.release]
            parts[bump] += 1
            tag = "v" + ".".join(map(str, parts[: bump + 1] + [0] * (2 - bump)))
            self.tags[branch], self.distance[branch] = tag, 0
            self.run(day, branch, publish, tag=tag)
            self.run(day, branch, publish)  # the push of the branch runs on the tagged commit, too
        self.tags["feature"], self.distance["feature"] = self.tags["main"], 1

    def run(self, day: int, branch: str, workflow: str, tag: str | None = None) -> None:
        """Start a run; now and then something fails, and all of it or the failed legs run again."""
        self.run_id += self.chance.randrange(1, 5000)
        self.run_numbers[workflow] += 1
        failed = {leg for leg in range(LEGS) if self.chance.random() < 0.05}
        legs = set(range(LEGS))
        for attempt in range(1, 5):
            variables = self.variables(branch, workflow, attempt, tag)
            build = self.build(day, branch, attempt, variables)  # the same in each leg
            (self.local if "+" in build.version else self.builds).extend([build] * len(legs - failed))
            if not failed:
                return
            legs = set(range(LEGS)) if self.chance.random() < 0.5 else failed  # all, or failed only
            failed = {leg for leg in legs if self.chance.random() < 0.05}

    def variables(self, branch: str, workflow: str, attempt: int, tag: str | None) -> dict[str, str]:
        """Return what GitHub sets."""
        ref = f"refs/tags/{tag}" if tag else f"refs/heads/{branch}"
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "octo/app",
            "GITHUB_RUN_ID": str(self.run_id),
            "GITHUB_RUN_NUMBER": str(self.run_numbers[workflow]),
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_REF": ref,
            "GITHUB_WORKFLOW_REF": f"octo/app/.github/workflows/{workflow}@{ref}",
        }

    def build(self, day: int, branch: str, attempt: int, variables: dict[str, str]) -> Build:
        """Build the project, as the resolution does it."""
        version, release = self.version(branch, variables)
        run = int(variables["GITHUB_RUN_ID"])
        key = variables["GITHUB_REF"] if release else f"{run}:{attempt}"
        return Build(day=day, run=run, attempt=attempt, branch=branch, version=version, build=key)

    def version(self, branch: str, variables: dict[str, str]) -> tuple[str, bool]:
        """Return the version of a build on ``branch``, and whether it is a release."""
        workflow = "publish.yml" if 'workflow = "publish.yml"' in self.settings else None
        git = git_state(tags=(self.tags[branch],), distance=self.distance[branch], branch=branch)
        decision = compute(facts(ci=detect(variables, workflow=workflow), git=git, text=self.settings), ())
        return decision.version, decision.release


def by_version(builds: list[Build]) -> dict[str, set[str]]:
    """Return the builds that have each version."""
    found: dict[str, set[str]] = defaultdict(set)
    for build in builds:
        found[str(Version(build.version))].add(build.build)
    return found


def lines_of(builds: list[Build]) -> Iterator[list[Build]]:
    """Yield the builds of each branch, in the order in which their runs were started."""
    for branch in ("main", "feature", "release/1.4"):
        yield sorted((build for build in builds if build.branch == branch), key=lambda b: (b.run, b.attempt))


def printed(year: Year) -> str:
    """Return the table."""
    rows = [f"{'branch':<12}{'builds':>8}{'versions':>10}  first .. last"]
    for line in lines_of(year.builds):
        versions = {build.version for build in line}
        rows.append(f"{line[0].branch:<12}{len(line):>8}{len(versions):>10}  {line[0].version} .. {line[-1].version}")
    rows.append(f"local: {len(year.local)}")
    return "\n".join(rows)


@pytest.fixture(scope="module")
def year() -> Year:
    """The year by GitHub's run id."""
    return Year(settings=SETTINGS).pass_by()


def test_a_year_by_run_id(year: Year) -> None:
    """By GitHub's run id no version is built twice but by the legs of one build, through renames and re-runs."""
    print(f"\nby run id\n{printed(year)}")
    assert len(year.builds) > 10_000
    assert not year.local
    assert {len(builds) for builds in by_version(year.builds).values()} == {1}
    assert max(build.attempt for build in year.builds) >= 3


def test_order_is_kept(year: Year) -> None:
    """On each branch a later run, and a later attempt of one, never sorts below an earlier one."""
    for line in lines_of(year.builds):
        dev = [build for build in line if not build.build.startswith("refs/tags/")]
        for earlier, later in pairwise(dev):
            same = (earlier.run, earlier.attempt) == (later.run, later.attempt)
            a, b = Version(earlier.version), Version(later.version)
            assert a == b if same else a < b, f"{earlier} then {later}"


def test_releases_stand_above_what_led_to_them(year: Year) -> None:
    """Each release sorts above every build of its branch before it, and below every one after it."""
    releases = 0
    for line in lines_of(year.builds):
        for at, build in enumerate(line):
            if build.build.startswith("refs/tags/"):
                releases += 1
                released = Version(build.version)
                assert all(Version(b.version) <= released for b in line[:at])
                assert all(Version(b.version) >= released for b in line[at:])
    assert releases > 2 * 4 * LEGS / 2


def test_a_year_by_run_number() -> None:
    """With workflow set, only the publishing workflow's builds are public; a renamed one's are local, never a second 1."""
    year = Year(settings='workflow = "publish.yml"\n' + SETTINGS).pass_by()
    print(f"\nby run number of publish.yml\n{printed(year)}")
    assert {len(builds) for builds in by_version(year.builds).values()} == {1}
    assert max(build.day for build in year.builds if not build.build.startswith("refs/tags/")) < RENAMED_ON
    assert {build.day >= RENAMED_ON for build in year.local} == {False, True}
    assert all("+g" in build.version for build in year.local)


def test_the_simulation_can_fail() -> None:
    """Two workflows counted by run number, as others do it, collide in the same year: the test would see it."""
    year = Year(settings=SETTINGS)
    original = Year.variables

    def by_number(self: Year, branch: str, workflow: str, attempt: int, tag: str | None) -> dict[str, str]:
        variables = original(self, branch, workflow, attempt, tag)
        return variables | {"GITHUB_RUN_ID": variables["GITHUB_RUN_NUMBER"], "GITHUB_REF": f"refs/heads/{branch}"}

    year.variables = by_number.__get__(year)  # type: ignore[method-assign]
    counted = Counter(build.version for build in year.pass_by().builds)
    assert counted.most_common(1)[0][1] > LEGS
