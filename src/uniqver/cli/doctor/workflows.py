"""Workflows of GitHub Actions: what their YAML declares, as far as it concerns builds and uploads. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import yaml

from uniqver.cli.init import pipelines

if TYPE_CHECKING:
    from collections.abc import Mapping

    Document = Mapping[object, object]

MOST_VALUES = 100_000
"""Of one workflow."""

_PINS = frozenset({"UNIQVER_VERSION", "UNIQVER_SOURCE", "UNIQVER_BUILD_NUMBER"})


class Step(NamedTuple):
    """One step of a job."""

    run: str
    uses: str
    with_: Mapping[str, str]
    env: Mapping[str, str]


class Job(NamedTuple):
    """One job of a workflow."""

    name: str
    steps: tuple[Step, ...]
    env: Mapping[str, str]
    """The variables of all its steps: the workflow's, the job's and each step's own."""
    matrix: bool
    id_token: bool
    """Whether it may ask for an identity token."""

    @property
    def builds(self) -> bool:
        """Whether it builds or installs the project."""
        return any(pipelines.builds(step.run) or "cibuildwheel@" in step.uses for step in self.steps)

    @property
    def pinned(self) -> bool:
        """Whether it specifies the version of what it builds, or the version's source."""
        return any(name.partition("_FOR_")[0] in _PINS for name in self.env)


class Workflow(NamedTuple):
    """One workflow."""

    path: str
    text: str
    title: str | None
    """Its ``name``."""
    events: frozenset[str]
    tags_only: bool
    """Whether it runs for tags and releases, and for no branch."""
    jobs: tuple[Job, ...]

    @property
    def file(self) -> str:
        """The file's name: what ``workflow`` in the settings names."""
        return self.path.rpartition("/")[2]

    @property
    def publishes(self) -> bool:
        """Whether it uploads to an index."""
        return pipelines.publishes(self.text)


def read_workflow(path: str, text: str) -> Workflow:
    """Return what a workflow declares. Raises :class:`ValueError` if it is not valid YAML or not a workflow."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        if node is not None:
            _weight(node, {})
        loaded = cast("object", yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    except (RecursionError, OverflowError, TypeError):
        raise ValueError("it is not a workflow that anybody reads") from None
    if not isinstance(loaded, dict):
        raise ValueError("it is not a mapping")
    document = cast("Document", loaded)
    on = document.get("on", document.get(True))  # YAML 1.1 reads the key `on` as true
    title = document.get("name")
    return Workflow(
        path=path,
        text=text,
        title=title if isinstance(title, str) else None,
        events=_events(on),
        tags_only=_tags_only(on),
        jobs=tuple(_job(str(name), _mapping(job), document) for name, job in _mapping(document.get("jobs")).items()),
    )


def _weight(node: yaml.Node, known: dict[int, int]) -> int:
    """Return how many values ``node`` has with all aliases written out. Raises ValueError for what has far too many."""
    if id(node) not in known:
        known[id(node)] = MOST_VALUES  # as seen from within: no value holds itself
        pairs: list[yaml.Node] = (
            [each for pair in node.value for each in pair] if isinstance(node, yaml.MappingNode) else []
        )
        inner = node.value if isinstance(node, yaml.SequenceNode) else pairs
        known[id(node)] = 1 + sum(_weight(each, known) for each in inner)
    if known[id(node)] >= MOST_VALUES:
        raise ValueError("its aliases stand for too many values")
    return known[id(node)]


def _events(on: object) -> frozenset[str]:
    if isinstance(on, str):
        return frozenset({on})
    return frozenset(map(str, cast("list[object]", on))) if isinstance(on, list | dict) else frozenset()


def _tags_only(on: object) -> bool:
    events = _events(on) - {"workflow_dispatch"}
    push = _mapping(_mapping(on).get("push"))
    by_tag = bool(push.keys() & {"tags", "tags-ignore"}) and not push.keys() & {"branches", "branches-ignore"}
    return bool(events) and events <= {"release", "push"} and ("push" not in events or by_tag)


def _job(name: str, job: Document, workflow: Document) -> Job:
    listed = job.get("steps")
    steps = tuple(map(_step, cast("list[object]", listed))) if isinstance(listed, list) else ()
    permissions = job.get("permissions", workflow.get("permissions"))
    env = {**_strings(workflow.get("env")), **_strings(job.get("env"))}
    for step in steps:
        env.update(step.env)
    return Job(
        name=name,
        steps=steps,
        env=env,
        matrix="matrix" in _mapping(job.get("strategy")),
        id_token=permissions == "write-all" or _mapping(permissions).get("id-token") == "write",
    )


def _step(value: object) -> Step:
    step = _mapping(value)
    run, uses = (str(step.get(key) or "") for key in ("run", "uses"))
    return Step(run=run, uses=uses, with_=_strings(step.get("with")), env=_strings(step.get("env")))


def _strings(value: object) -> dict[str, str]:
    return {str(key): str(item) for key, item in _mapping(value).items()}


def _mapping(value: object) -> Document:
    return cast("Document", value) if isinstance(value, dict) else {}
