"""The checks: one row each, in the order in which their findings are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from uniqver.cli.doctor import checks_git, checks_project, checks_upload, checks_workflows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from uniqver.cli.doctor.values import Facts, Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check."""

    name: str
    """Short and stable: what ``--json`` calls it."""
    find: Callable[[Facts], Iterable[Finding]]


CHECKS: Final = tuple(
    Check(name=name, find=find)
    for name, find in (
        ("settings", checks_project.settings),
        ("backend", checks_project.backend),
        ("static-version", checks_project.static_version),
        ("dynamic", checks_project.missing_dynamic),
        ("version-file", checks_git.version_file),
        ("shallow", checks_git.shallow),
        ("tags", checks_git.tags),
        ("counter", checks_project.counter),
        ("workflow-unreadable", checks_workflows.unreadable),
        ("publishers", checks_workflows.several_publishers),
        ("workflow-setting", checks_workflows.workflow_setting),
        ("stopped-builds", checks_workflows.stopped_builds),
        ("workflow-run", checks_workflows.workflow_run),
        ("matrix-versions", checks_workflows.own_versions),
        ("fetch-depth", checks_workflows.fetch_depth),
        ("cibuildwheel", checks_workflows.cibuildwheel),
        ("trusted-publishing", checks_workflows.trusted_publishing),
        ("token", checks_upload.token),
        ("skip-existing", checks_upload.skip_existing),
        ("force-replace", checks_upload.force_replace),
        ("readme", checks_project.readme),
        ("classifiers", checks_project.classifiers),
        ("stale-dist", checks_project.stale_dist),
        ("uv-cache-keys", checks_project.uv_cache_keys),
    )
)


def find_all(facts: Facts) -> tuple[Finding, ...]:
    """Return the findings of every check, each with its check's name."""
    return tuple(replace(finding, check=check.name) for check in CHECKS for finding in check.find(facts))
