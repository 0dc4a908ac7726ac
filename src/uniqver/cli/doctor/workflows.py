"""Workflows of GitHub Actions: what they declare of builds and uploads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import yaml

from uniqver.cli.init.pipelines import GITHUB, is_for, may_publish, packs, publishes
from uniqver.cli.init.source_tree import SourceTree
from uniqver.config import BUILD_NUMBER, PIN, table
from uniqver.files import leaves, read_text

Document = Mapping[str, object]
Read = Callable[[str], str | None]

_PINS = (PIN, BUILD_NUMBER, "UNIQVER_SOURCE", "SETUPTOOLS_SCM_PRETEND_VERSION")
_BY_NAME = re.compile(r"release|publish|pypi")
_FOR_TAGS = re.compile(r"refs/tags|ref_type == 'tag'|event_name == 'release'|event\.release|action == 'published'")
_MOST_NESTED = 20
_MERGE = re.compile(r"(?:^|[{,-])[ \t]*<<[ \t]*:", re.MULTILINE)
_DEFINED_IN: Mapping[str, tuple[str, ...]] = {
    "make": ("Makefile", "GNUmakefile", "makefile"),
    "just": ("justfile", ".justfile", "Justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
    "tox": ("tox.ini", "setup.cfg", "tox.toml", "pyproject.toml"),
    "nox": ("noxfile.py",),
    **dict.fromkeys(("invoke", "inv"), ("tasks.py",)),
    **dict.fromkeys(("hatch", "pdm", "poetry", "uv"), ("pyproject.toml", "hatch.toml")),
}
"""The files that define what a command does."""


class Step(NamedTuple):
    """One step of a job. A text that isn't there is empty."""

    run: str
    uses: str
    options: Mapping[str, str]
    """Its ``with``."""
    env: Mapping[str, str]
    """The workflow's, the job's and its own."""
    condition: str
    """Its own ``if``."""
    upload: str | None
    """How it uploads to an index: empty if by itself, else by which command (``make release``)."""


class Job(NamedTuple):
    """One job of a workflow."""

    path: str
    """The workflow's file, or a reusable one's."""
    name: str
    steps: Sequence[Step]
    conditions: tuple[str, ...]
    """Its ``if``, and those of the jobs that it needs or that call it."""
    matrix: bool
    id_token: bool
    """Whether it may ask for an identity token."""

    @property
    def uploads(self) -> list[Step]:
        """The steps that upload to an index."""
        return [step for step in self.steps if step.upload is not None]

    @property
    def script(self) -> str:
        """What its steps run."""
        return "\n".join(step.run for step in self.steps)

    @property
    def env(self) -> Mapping[str, str]:
        """The variables of all its steps."""
        return {name: value for step in self.steps for name, value in step.env.items()}

    @property
    def checkouts(self) -> list[Mapping[str, str]]:
        """The options of each of its checkouts."""
        return [step.options for step in self.steps if step.uses.startswith("actions/checkout@")]

    @property
    def computes(self) -> bool:
        """Whether it needs a version of the commit that it checks out. What another job made has one."""
        acts = packs(self.script) or "uniqver allocate" in self.script
        return bool(self.checkouts) and (acts or any("cibuildwheel@" in step.uses for step in self.steps))

    @property
    def pinned(self) -> bool:
        """Whether it specifies the version, or its source."""
        return any(name.partition("_FOR_")[0] in _PINS for name in self.env)


class Workflow(NamedTuple):
    """One workflow."""

    path: str
    fault: str = ""
    """Why it can't be read; then nothing else is known."""
    title: str = ""
    """Its ``name``."""
    events: frozenset[str] = frozenset()
    tags_only: bool = False
    """Whether it runs for tags and releases, and for no branch."""
    jobs: Sequence[Job] = ()

    @property
    def file(self) -> str:
        """As ``workflow`` in the settings names it."""
        return self.path.rpartition("/")[2]

    @property
    def uploads(self) -> list[Step]:
        """The steps that upload to an index."""
        return [step for job in self.jobs for step in job.uploads]

    @property
    def dev_uploads(self) -> list[Step]:
        """Those that upload builds of a branch. What a reusable workflow uploads is its callers'."""
        by_branch = self.events - {"pull_request", "workflow_call"} and not self.tags_only
        by_hand = "event_name == 'workflow_dispatch'"
        return [
            step
            for job in self.jobs
            for step in job.uploads
            if not for_tags_only(conditions := (*job.conditions, step.condition))
            and (by_branch or any(by_hand in each for each in conditions))
        ]


def read_workflows(tree: SourceTree) -> Sequence[Workflow]:
    """Return the workflows, also those that can't be read, but for those of another project."""

    def read(name: str) -> str | None:
        path = tree.top / name
        try:
            return None if leaves(path, tree.top) else read_text(path, "replace")
        except OSError:
            return None

    texts = {
        path: text for path, text in tree.pipelines.items() if path.startswith(GITHUB) and is_for(tree.inside, text)
    }
    unreadable = [path for path in tree.unreadable if path.startswith(GITHUB)]
    found = [Workflow(path, "it is not a UTF-8 file of this project that can be read") for path in unreadable]
    return with_called([*found, *(read_workflow(path, text, read) for path, text in texts.items())])


def read_workflow(path: str, text: str, read: Read = lambda _: None) -> Workflow:
    """Return what a workflow declares; ``read`` gives it files that define commands."""
    if _MERGE.search(text):
        return Workflow(path, "it has a merge (<<), which GitHub does not know")
    try:
        # each value as it is written: `on` isn't true
        document: object = yaml.load(text, yaml.BaseLoader)  # noqa: S506  # a safe one
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # yaml's own, or chr's
        return Workflow(path, " ".join(str(error).split()))
    except RecursionError:
        return Workflow(path, "it is nested too deeply")
    if not isinstance(document, dict):
        return Workflow(path, "it is not a mapping")
    on = document.get("on")
    events, push = {*_texts(on)} - {"workflow_dispatch"}, {*_texts(table(document, "on").get("push"))}
    by_tag = push & {"tags", "tags-ignore"} and not push & {"branches", "branches-ignore"}
    return Workflow(
        path=path,
        title=_text(document.get("name")),
        events=frozenset(_texts(on)),
        tags_only=bool(events) and events <= {"release", "push"} and ("push" not in events or bool(by_tag)),
        jobs=[_job(path, name, document, read) for name in table(document, "jobs")],
    )


def _job(path: str, name: str, workflow: Document, read: Read) -> Job:
    jobs, needed = table(workflow, "jobs"), [name]
    for each in needed:  # which grows by what they need
        found = _texts(table(jobs, each).get("needs"))
        needed += [other for other in found if other in jobs and other not in needed]
    job = table(jobs, name)
    steps, scope = job.get("steps"), job if "permissions" in job else workflow
    if not isinstance(steps, list):
        steps = [job]  # which calls a workflow
    env = {**_strings(workflow, "env"), **_strings(job, "env")}
    return Job(
        path=path,
        name=name,
        steps=[_step(step, env, read) for step in steps if isinstance(step, dict)],
        conditions=tuple(_text(table(jobs, each).get("if")) for each in needed),
        matrix="matrix" in table(job, "strategy"),
        id_token=scope.get("permissions") == "write-all" or table(scope, "permissions").get("id-token") == "write",
    )


def _step(step: Document, env: Mapping[str, str], read: Read) -> Step:
    run, uses, condition = (_text(step.get(key)).replace("\\\n", " ") for key in ("run", "uses", "if"))
    options = _strings(step, "with")
    return Step(run, uses, options, {**env, **_strings(step, "env")}, condition, _upload(run, uses, options, read))


def _upload(run: str, uses: str, options: Iterable[str], read: Read) -> str | None:
    if publishes("\n".join((run, uses, *options))):
        return ""
    if uses.startswith("./") and _BY_NAME.search(uses) and not uses.endswith((".yml", ".yaml")):
        return uses
    command = may_publish(run)
    if command is None:
        return None
    files = _DEFINED_IN.get(command.split()[0], (command.removeprefix("./"),))
    texts = [text for text in map(read, files) if text is not None]
    scripts = [(may_publish(text) or "").strip() for text in texts]
    texts += [read(script.removeprefix("./")) or "" for script in scripts if script.endswith((".sh", ".py", ".bash"))]
    uploads = not texts or any(publishes(re.sub(r"[\"',]+", " ", text)) for text in texts)
    return command if uploads else None


def with_called(workflows: Sequence[Workflow]) -> Sequence[Workflow]:
    """Replace each job that calls a reusable workflow by that one's jobs."""
    reusable = {f"./{each.path}": each.jobs for each in workflows if each.events == {"workflow_call"}}

    def called(job: Job) -> list[Job]:
        jobs = next((reusable[step.uses] for step in job.steps if step.uses in reusable), ())
        return [each._replace(conditions=job.conditions + each.conditions) for each in jobs] or [job]

    return [workflow._replace(jobs=[each for job in workflow.jobs for each in called(job)]) for workflow in workflows]


def for_tags_only(conditions: Iterable[str]) -> bool:
    """Return whether a condition is never true for a branch."""
    return any(map(_excludes_branches, conditions))


def _excludes_branches(condition: str) -> bool:
    """Return whether each alternative of an ``if`` is false, or asks for a tag or a release."""
    text = condition.strip().removeprefix("${{").removesuffix("}}")
    for _ in range(_MOST_NESTED):  # parentheses, from within
        text = re.sub(r"\(([^()]*)\)", lambda inner: " refs/tags " if _excludes_branches(inner[1]) else " _ ", text)
    return all(any(map(_is_for_tags, part.split("&&"))) for part in text.split("||"))


def _is_for_tags(term: str) -> bool:
    return term.strip().lower() == "false" or (_FOR_TAGS.search(term) is not None and "!" not in term)


def _strings(parent: Document, key: str) -> dict[str, str]:
    return {name: _text(value) for name, value in table(parent, key).items()}


def _texts(value: object) -> list[str]:
    """Return a text alone, those of a list, or the keys of a mapping."""
    return list(filter(None, map(_text, value if isinstance(value, list | dict) else [value])))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
