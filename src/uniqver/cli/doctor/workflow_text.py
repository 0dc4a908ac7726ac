"""Reads the text of a workflow of GitHub Actions. Pure."""

from __future__ import annotations

from typing import cast

import yaml

from uniqver.cli.doctor.values import Job, Step, Workflow

Table = dict[object, object]


def read_workflow(path: str, text: str) -> Workflow:
    """Return what a workflow says. Raises :class:`ValueError` where it is no YAML or no workflow."""
    try:
        loaded = cast("object", yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    if not isinstance(loaded, dict):
        raise ValueError("it holds no table")
    document = cast("Table", loaded)
    # YAML 1.1 reads the key `on` as true
    on = document.get("on", document.get(True))
    title = document.get("name")
    jobs = _table(document.get("jobs"))
    return Workflow(
        path=path,
        text=text,
        title=title if isinstance(title, str) else None,
        events=_events(on),
        tags_only=_tags_only(on),
        jobs=tuple(_job(str(name), _table(job), document) for name, job in jobs.items()),
    )


def _events(on: object) -> frozenset[str]:
    if isinstance(on, str):
        return frozenset({on})
    return frozenset(map(str, cast("list[object]", on))) if isinstance(on, list | dict) else frozenset()


def _tags_only(on: object) -> bool:
    events = _events(on) - {"workflow_dispatch"}
    push = _table(_table(on).get("push"))
    by_tag = bool(push.keys() & {"tags", "tags-ignore"}) and not push.keys() & {"branches", "branches-ignore"}
    return bool(events) and events <= {"release", "push"} and ("push" not in events or by_tag)


def _job(name: str, job: Table, workflow: Table) -> Job:
    steps = job.get("steps")
    permissions = job.get("permissions", workflow.get("permissions"))
    granted = permissions == "write-all" or _table(permissions).get("id-token") == "write"
    return Job(
        name=name,
        steps=tuple(_step(_table(step)) for step in cast("list[object]", steps)) if isinstance(steps, list) else (),
        env={**_strings(workflow.get("env")), **_strings(job.get("env"))},
        matrix="matrix" in _table(job.get("strategy")),
        id_token=granted,
    )


def _step(step: Table) -> Step:
    return Step(
        run=str(step.get("run") or ""),
        uses=str(step.get("uses") or ""),
        with_=_strings(step.get("with")),
        env=_strings(step.get("env")),
    )


def _strings(value: object) -> dict[str, str]:
    return {str(key): str(item) for key, item in _table(value).items()}


def _table(value: object) -> Table:
    return cast("Table", value) if isinstance(value, dict) else {}
