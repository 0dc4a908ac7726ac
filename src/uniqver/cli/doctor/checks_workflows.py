"""Findings about the workflows of GitHub Actions. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uniqver.cli.doctor.values import Finding
from uniqver.cli.init import other_workflows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.cli.doctor.values import Facts, Job, Step, Workflow

_PUBLISH_ACTION = "pypa/gh-action-pypi-publish"
_PINS = frozenset({"UNIQVER_VERSION", "UNIQVER_SOURCE", "UNIQVER_BUILD_NUMBER"})
_ALLOCATES = re.compile(r"\buniqver (?:allocate|version)\b")


def unreadable(facts: Facts) -> Iterator[Finding]:
    """Yield workflows that are no YAML."""
    for path, complaint in facts.broken_workflows:
        yield Finding(what=f"the workflow can't be read: {complaint}", fix="correct that line", where=path)


def several_publishers(facts: Facts) -> Iterator[Finding]:
    """Yield where more than one workflow publishes dev builds: each counts its own runs."""
    publishers = [workflow for workflow in _publishers(facts) if not workflow.tags_only]
    if len(publishers) < 2:
        return
    named = facts.config.workflow if facts.config is not None else None
    shown = " and ".join(workflow.file for workflow in publishers)
    what = f"{shown} both publish without being for tags only"
    what += f": by workflow = {named!r} all but one are stopped" if named else ", and race for names on the index"
    yield Finding(
        what=what,
        fix="publish dev builds from one workflow; delete the upload from the others",
        severity="error" if named else "warning",
    )


def workflow_setting(facts: Facts) -> Iterator[Finding]:
    """Yield where ``workflow`` and the files disagree: then every build on GitHub is stopped."""
    named = facts.config.workflow if facts.config is not None else None
    if named is None:
        return
    file = named.rpartition("/")[2]
    found = [workflow for workflow in facts.workflows if workflow.file == file]
    if not found and not any(path.endswith(f"/{file}") for path, _ in facts.broken_workflows):
        titled = [workflow.file for workflow in facts.workflows if workflow.title == named.rpartition(".")[0]]
        candidates = titled or [workflow.file for workflow in _publishers(facts) if not workflow.tags_only]
        cure = f'workflow = "{candidates[0]}"' if candidates else "uniqver init --ci github, or delete workflow"
        yield Finding(
            what=f"workflow = {named!r}, and there is no .github/workflows/{file}", fix=cure, where="pyproject.toml"
        )
    elif found and not other_workflows.publishes(found[0].text):
        yield Finding(
            what=f"workflow = {named!r}, and that workflow uploads nothing",
            fix="name the workflow that publishes dev builds",
            severity="warning",
            where=found[0].path,
        )


def stopped_builds(facts: Facts) -> Iterator[Finding]:
    """Yield jobs that build in another workflow than the one named, without saying which version."""
    named = facts.config.workflow if facts.config is not None else None
    if named is None:
        return
    for workflow in facts.workflows:
        if workflow.file == named.rpartition("/")[2] or workflow.tags_only:
            continue
        jobs = [job.name for job in workflow.jobs if _builds(job) and not _pinned(job)]
        if jobs:
            yield Finding(
                what=f"by workflow = {named!r} the build in {', '.join(jobs)} is stopped: this isn't that workflow",
                fix='at the top of it: env: {UNIQVER_VERSION: "0.dev0+tests"}   (or UNIQVER_SOURCE: distance, with fetch-depth: 0)',
                where=workflow.path,
            )


def workflow_run(facts: Facts) -> Iterator[Finding]:
    """Yield publishers that another workflow's end starts: they see the default branch, not what was tested."""
    for workflow in _publishers(facts):
        if "workflow_run" in workflow.events:
            yield Finding(
                what="it publishes on workflow_run: GITHUB_REF and GITHUB_SHA are the default branch's then, "
                "whatever ran before, and a tag never makes a release",
                fix="publish in a job of the same workflow, with needs:",
                where=workflow.path,
            )


def own_versions(facts: Facts) -> Iterator[Finding]:
    """Yield matrix jobs whose legs compute a version each: re-running failed ones splits the release."""
    for workflow in _publishers(facts):
        for job in workflow.jobs:
            if job.matrix and _builds(job) and not _pinned(job):
                yield Finding(
                    what=f"each leg of {job.name} computes its own version: legs that are run again get another one",
                    fix="one job runs uniqver allocate, and the legs take it: env: UNIQVER_VERSION   (uniqver init --ci github writes that)",
                    severity="warning",
                    where=workflow.path,
                )


def fetch_depth(facts: Facts) -> Iterator[Finding]:
    """Yield jobs that compute a version from a checkout without tags."""
    based = facts.config is not None and facts.config.base is not None
    for workflow in facts.workflows:
        for job in workflow.jobs:
            computes = (_builds(job) and "UNIQVER_VERSION" not in _environment(job)) or _allocates(job)
            checkouts = [step for step in job.steps if step.uses.startswith("actions/checkout@")]
            if computes and checkouts and not any(step.with_.get("fetch-depth") == "0" for step in checkouts):
                yield Finding(
                    what=f"{job.name} computes a version from a checkout of one commit, without its tags",
                    fix="with: {fetch-depth: 0}   in its actions/checkout step",
                    severity="warning" if based else "error",
                    where=workflow.path,
                )


def trusted_publishing(facts: Facts) -> Iterator[Finding]:
    """Yield uploads with neither a token nor the right to ask for one."""
    for workflow in facts.workflows:
        for job in workflow.jobs:
            for step in job.steps:
                if step.uses.startswith(_PUBLISH_ACTION) and "password" not in step.with_ and not job.id_token:
                    yield Finding(
                        what=f"{job.name} publishes without a password, and may not ask for an identity token",
                        fix="permissions: {id-token: write}   in that job, and a trusted publisher on the index",
                        where=workflow.path,
                    )


def cibuildwheel(facts: Facts) -> Iterator[Finding]:
    """Yield where cibuildwheel's Linux containers don't see the version."""
    for workflow in facts.workflows:
        for job in workflow.jobs:
            runs = any("cibuildwheel" in step.run + step.uses for step in job.steps if "pip install" not in step.run)
            environment = _environment(job)
            passed = environment.get("CIBW_ENVIRONMENT_PASS_LINUX", "") + environment.get("CIBW_ENVIRONMENT_PASS", "")
            if runs and "UNIQVER_VERSION" not in passed and not _passes_in_pyproject(facts):
                yield Finding(
                    what=f"cibuildwheel in {job.name} builds in containers that see neither GitHub's variables nor UNIQVER_VERSION: "
                    "its Linux wheels get a local version, which PyPI refuses",
                    fix="env: {CIBW_ENVIRONMENT_PASS_LINUX: UNIQVER_VERSION}",
                    severity="error" if other_workflows.publishes(workflow.text) else "warning",
                    where=workflow.path,
                )


def _passes_in_pyproject(facts: Facts) -> bool:
    from uniqver.cli.init.origin import table

    sections = (table(facts.pyproject, "tool", "cibuildwheel"), table(facts.pyproject, "tool", "cibuildwheel", "linux"))
    return any("UNIQVER_VERSION" in str(section.get("environment-pass", "")) for section in sections)


def _publishers(facts: Facts) -> list[Workflow]:
    return [workflow for workflow in facts.workflows if other_workflows.publishes(workflow.text)]


def _builds(job: Job) -> bool:
    return any(other_workflows.builds(step.run) or "cibuildwheel@" in step.uses for step in job.steps)


def _allocates(job: Job) -> bool:
    return any(_ALLOCATES.search(step.run) for step in job.steps)


def _pinned(job: Job) -> bool:
    return bool(_PINS & set(_environment(job)))


def _environment(job: Job) -> dict[str, str]:
    return {**job.env, **{name: value for step in job.steps for name, value in step.env.items()}}


def _steps(facts: Facts) -> Iterator[tuple[Workflow, Job, Step]]:
    for workflow in facts.workflows:
        for job in workflow.jobs:
            for step in job.steps:
                yield workflow, job, step
