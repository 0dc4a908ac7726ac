"""Workflows of GitHub Actions: what their YAML declares, as far as it concerns builds and uploads. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, cast

import yaml

from uniqver.cli.init import pipelines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Document = Mapping[object, object]

_PINS = frozenset({"UNIQVER_VERSION", "UNIQVER_SOURCE", "UNIQVER_BUILD_NUMBER", "SETUPTOOLS_SCM_PRETEND_VERSION"})
_BY_NAME = re.compile(r"release|publish|pypi")
_FOR_TAGS = re.compile(r"refs/tags|ref_type == 'tag'|event_name == 'release'|event\.release|action == 'published'")
_INDEX = re.compile(r"(?:--(?:repository(?:-url)?|publish-url|index)|\s-r)[ =]+(\S+)")
_DEEPENS = re.compile(r"\bgit\b.*\bfetch\b.*--unshallow\b")
_DEFINED_IN: Mapping[str, tuple[str, ...]] = {
    "make": ("Makefile", "GNUmakefile", "makefile"),
    "just": ("justfile", ".justfile", "Justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
    "invoke": ("tasks.py",),
    "inv": ("tasks.py",),
    "tox": ("tox.ini", "setup.cfg", "tox.toml", "pyproject.toml"),
    "nox": ("noxfile.py",),
    **dict.fromkeys(("hatch", "pdm", "poetry", "uv"), ("pyproject.toml", "hatch.toml")),
}
"""What a command of a step may stand for is written in these files."""


class Step(NamedTuple):
    """One step of a job."""

    run: str
    uses: str
    with_: Mapping[str, str]
    env: Mapping[str, str]
    """Its variables: the workflow's, the job's and its own."""
    upload: str | None
    """How it uploads to an index: by an action, or by a command that is named (``make release``)."""
    tags_only: bool
    """Whether its ``if``, or that of its job, or of one that its job needs, leaves out branches."""
    by_hand: bool
    """Whether one of these asks for a run that a person starts: of a branch, also in a workflow for tags."""

    @property
    def repository(self) -> str:
        """Where it uploads to, as far as it says so; empty for the default."""
        named = [value for name, value in self.with_.items() if name.replace("-", "_") == "repository_url"]
        found = [match[1] for match in _INDEX.finditer(self.run)]
        by_variable = [
            self.env.get(name, "") for name in ("TWINE_REPOSITORY_URL", "TWINE_REPOSITORY", "UV_PUBLISH_URL")
        ]
        return next(filter(None, (*named, *found, *by_variable)), "")


class Job(NamedTuple):
    """One job of a workflow."""

    path: str
    """The workflow that it is written in: a reusable one, called by this one, may be."""
    name: str
    steps: tuple[Step, ...]
    tags_only: bool
    """As a step's, by the job's own ``if`` and those of the jobs that it needs."""
    env: Mapping[str, str]
    """The variables of all its steps: the workflow's, the job's and each step's own."""
    matrix: bool
    id_token: bool
    """Whether it may ask for an identity token."""

    @property
    def depths(self) -> list[str]:
        """How many commits each of its checkouts has, ``0`` for all of them."""
        found = [step.with_.get("fetch-depth", "1") for step in self.steps if step.uses.startswith("actions/checkout@")]
        return ["0" for _ in found] if any(_DEEPENS.search(step.run) for step in self.steps) else found

    @property
    def computes(self) -> bool:
        """Whether it needs a version of the commit that it checks out: to allocate it, or for what it packs.

        Without a checkout it packs what another job made, an sdist for one, which has its version.
        """
        makes = any(
            pipelines.packs(step.run) or "uniqver allocate" in step.run or "cibuildwheel@" in step.uses
            for step in self.steps
        )
        return makes and bool(self.depths)

    @property
    def pinned(self) -> bool:
        """Whether it specifies the version of what it builds, or the version's source."""
        return any(name.partition("_FOR_")[0] in _PINS for name in self.env)


class Workflow(NamedTuple):
    """One workflow."""

    path: str
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
    def uploads(self) -> tuple[Step, ...]:
        """The steps that upload to an index."""
        return tuple(step for job in self.jobs for step in job.steps if step.upload is not None)

    @property
    def dev_uploads(self) -> tuple[Step, ...]:
        """The steps that upload builds of a branch."""
        # what a reusable workflow uploads is its callers'
        by_branch = self.events - {"pull_request", "workflow_call"} and not self.tags_only
        return tuple(step for step in self.uploads if not step.tags_only and (by_branch or step.by_hand))

    @property
    def pinned(self) -> bool:
        """Whether every version in it is specified, and none computed."""
        computing = [job for job in self.jobs if job.computes]
        return bool(computing) and all(job.pinned for job in computing)

    @property
    def shown(self) -> str:
        """The file's name, with how it uploads where that is in another file."""
        hidden = sorted({step.upload for step in self.uploads if step.upload})
        return f"{self.file} ({', '.join(hidden)})" if hidden else self.file


class _Loader(yaml.SafeLoader):
    """A loader without merges (``<<:``), which GitHub doesn't have: only they write aliases out, billions if so meant."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave ``<<`` as it is, a key that nothing constructs."""


def read_workflow(path: str, text: str, read: Callable[[str], str | None] = lambda _: None) -> Workflow:
    """Return what a workflow declares. Raises :class:`ValueError` if it is not valid YAML or not a workflow.

    ``read`` returns the text of a file of the repository, where commands like ``make release`` are written; ``None`` if it
    isn't there.
    """
    try:
        loaded = cast("object", yaml.load(text, _Loader))  # noqa: S506  # a safe one
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    except (RecursionError, OverflowError, TypeError):
        raise ValueError("it is not a workflow that anybody reads") from None
    if not isinstance(loaded, dict):
        raise ValueError("it is not a mapping")
    document = cast("Document", loaded)
    on = document.get("on", document.get(True))  # YAML 1.1 reads the key `on` as true
    title = document.get("name")
    jobs = {_text(name): _mapping(job) for name, job in _mapping(document.get("jobs")).items()}
    return Workflow(
        path=path,
        title=title if isinstance(title, str) else None,
        events=frozenset(_texts(on)),
        tags_only=_tags_only(on),
        jobs=tuple(_job(path, name, jobs, document, read) for name in jobs),
    )


def with_called(workflows: Iterable[Workflow]) -> tuple[Workflow, ...]:
    """Return workflows with the jobs of those that are only called in the place of those that call them."""
    reusable = {f"./{each.path}": each for each in workflows if each.events == {"workflow_call"}}

    def called(job: Job) -> Iterator[Job]:
        found = next((reusable[step.uses] for step in job.steps if step.uses in reusable), None)
        for each in (job,) if found is None else found.jobs:
            only = job.tags_only or each.tags_only
            steps = tuple(step._replace(tags_only=only or step.tags_only) for step in each.steps)
            yield each._replace(tags_only=only, steps=steps)

    return tuple(each._replace(jobs=tuple(one for job in each.jobs for one in called(job))) for each in workflows)


def _tags_only(on: object) -> bool:
    events = set(_texts(on)) - {"workflow_dispatch"}
    push = _mapping(_mapping(on).get("push"))
    by_tag = bool(push.keys() & {"tags", "tags-ignore"}) and not push.keys() & {"branches", "branches-ignore"}
    return bool(events) and events <= {"release", "push"} and ("push" not in events or by_tag)


def _without_branches(condition: str) -> bool:
    """Tell whether an ``if`` is never true for a branch: it is false, or asks for a tag or a release in each alternative."""
    text = condition.strip().removeprefix("${{").removesuffix("}}").strip()
    for operator, every in (("||", True), ("&&", False)):
        parts = _split(text, operator)
        if len(parts) > 1:
            return (all if every else any)(map(_without_branches, parts))
    if text[:1] == "(" and text[-1:] == ")":
        return _without_branches(text[1:-1])
    return text.lower() == "false" or (_FOR_TAGS.search(text) is not None and "!" not in text)


def _split(text: str, operator: str) -> list[str]:
    """Split an expression at an operator outside of its parentheses."""
    parts, depth = [""], 0
    for each in re.split(rf"(\(|\)|{re.escape(operator)})", text):
        depth += {"(": 1, ")": -1}.get(each, 0)
        if each == operator and depth == 0:
            parts.append("")
        else:
            parts[-1] += each
    return parts


def _needed(name: str, jobs: Mapping[str, Document]) -> Iterator[Document]:
    """Yield a job and all that it needs."""
    left, seen = [name], set[str]()
    while left:
        name = left.pop()
        if name in jobs and name not in seen:
            seen.add(name)
            left += _texts(jobs[name].get("needs"))
            yield jobs[name]


def _job(
    path: str, name: str, jobs: Mapping[str, Document], workflow: Document, read: Callable[[str], str | None]
) -> Job:
    job = jobs[name]
    listed = job.get("steps")
    conditions = [_text(each.get("if")) for each in _needed(name, jobs)]
    # a job that calls a workflow has no steps: it is one
    found = cast("list[object]", listed) if isinstance(listed, list) else [job]
    env = {**_strings(workflow.get("env")), **_strings(job.get("env"))}
    steps = tuple(_step(_mapping(each), conditions, env, read) for each in found)
    permissions = job.get("permissions", workflow.get("permissions"))
    for step in steps:
        env |= step.env
    return Job(
        path=path,
        name=name,
        steps=steps,
        tags_only=any(map(_without_branches, conditions)),
        env=env,
        matrix="matrix" in _mapping(job.get("strategy")),
        id_token=permissions == "write-all" or _mapping(permissions).get("id-token") == "write",
    )


def _step(step: Document, conditions: list[str], env: Mapping[str, str], read: Callable[[str], str | None]) -> Step:
    run, uses = (_text(step.get(key)).replace("\\\n", " ") for key in ("run", "uses"))
    with_, conditions = _strings(step.get("with")), [*conditions, _text(step.get("if"))]
    return Step(
        run=run,
        uses=uses,
        with_=with_,
        env={**env, **_strings(step.get("env"))},
        upload=_upload(run, uses, with_, read),
        tags_only=any(map(_without_branches, conditions)),
        by_hand=any("event_name == 'workflow_dispatch'" in condition for condition in conditions),
    )


def _upload(run: str, uses: str, with_: Mapping[str, str], read: Callable[[str], str | None]) -> str | None:
    """Return how a step uploads: empty if it says so itself, else the command or action by whose name it does."""
    if pipelines.publishes("\n".join((run, uses, *with_))):
        return ""
    if uses.startswith("./") and _BY_NAME.search(uses) and not uses.endswith((".yml", ".yaml")):
        return uses
    command = pipelines.may_publish(run)
    if command is None:
        return None
    files = _DEFINED_IN.get(command.split()[0], (command.removeprefix("./"),))
    texts = [text for text in map(read, files) if text is not None]
    scripts = [(pipelines.may_publish(text) or "").strip() for text in texts]
    texts += [read(script.removeprefix("./")) or "" for script in scripts if script.endswith((".sh", ".py", ".bash"))]
    uploads = not texts or any(pipelines.publishes(re.sub(r"[\"',]+", " ", text)) for text in texts)
    return command if uploads else None


def _strings(value: object) -> dict[str, str]:
    return {_text(key): _text(item) for key, item in _mapping(value).items()}


def _texts(value: object) -> list[str]:
    """Return a text alone, those of a list, or the keys of a mapping."""
    found = cast("list[object]", value) if isinstance(value, list | dict) else [value]
    return list(filter(None, map(_text, found)))


def _text(value: object) -> str:
    """Return a value as it was written; empty for what has parts, whose aliases may stand for billions."""
    return str(value) if isinstance(value, str | int | float) else ""


def _mapping(value: object) -> Document:
    return cast("Document", value) if isinstance(value, dict) else {}
