"""Reads the environment against the table of CI systems. Nothing here judges whether a number is well-formed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from uniqver.ci.providers import PROVIDERS
from uniqver.model.decision import CiRun
from uniqver.model.redaction import address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uniqver.ci.provider import Provider

_NO_PULL_REQUEST = ("", "false", "0")
"""What CIs write where there is no pull request: Buildkite and Travis ``false``, Bitrise an empty string."""

_OFF = ("", "false")
"""A variable that is set to this is there to say that the CI is not."""

_FIELD = r"\{(\w+)\}"


def detect(environ: Mapping[str, str], *, workflow: str | None) -> CiRun | None:
    """Return the CI run that ``environ`` tells of, or ``None`` outside of every known CI.

    ``workflow`` is the file of the publishing workflow, from the settings; it matters on GitHub only.
    """
    for provider in PROVIDERS:
        if all(_holds(environ, condition) for condition in provider.detect):
            return None if provider.local else _run(provider, environ, workflow)
    return None


def _run(provider: Provider, environ: Mapping[str, str], workflow: str | None) -> CiRun:
    ref_kind, ref_name = _ref(environ.get(provider.ref, "") if provider.ref else "")
    number = _number(provider, environ, workflow)
    pull_request = ref_name if ref_kind == "pull" else _first(environ, provider.pull_request)
    if pull_request in _NO_PULL_REQUEST:
        pull_request = None
    tag = ref_name if ref_kind == "tags" else _tag(provider, environ)
    branch = _first(environ, provider.branch) or (ref_name if ref_kind == "heads" else None)
    # GitHub's pages show its run number, also where its run id makes the version
    run = "GITHUB_RUN_NUMBER" if provider.name == "github" else provider.number
    attempt = _attempt(provider, environ)
    return CiRun(
        provider=provider.name,
        title=provider.title,
        number=None if number.variable is None else environ.get(number.variable, "").strip(),
        number_variable=number.variable,
        scope=number.scope,
        attempt=attempt,
        attempt_variable=provider.attempt,
        refusal=number.refusal,
        per_branch=number.refusal is not None and provider.per_branch,
        counter_helps=number.counter_helps,
        cure=number.cure,
        key=_key(provider, environ, attempt),
        branch=None if tag is not None else branch and branch.removeprefix("refs/heads/"),
        tag=tag,
        pull_request=pull_request,
        tells_tag=tag is not None or _tells_tag(provider, environ),
        commit=_first(environ, provider.commit),
        url=_url(provider, environ),
        run=None if run is None else environ.get(run) or None,
        run_variable=run,
    )


class _Number(NamedTuple):
    """Which variable has the number, or why none has."""

    variable: str | None
    scope: str | None
    refusal: str | None = None
    cure: str | None = None
    counter_helps: bool = True


def _number(provider: Provider, environ: Mapping[str, str], workflow: str | None) -> _Number:
    if provider.name == "github" and workflow is not None:
        return _number_of_workflow(environ, workflow)
    refused = provider.refuse is not None and (provider.refuse_if is None or _holds(environ, provider.refuse_if))
    return _Number(
        variable=provider.number,
        scope=provider.scope,
        refusal=provider.refuse if refused else None,
        cure=provider.cure,
    )


def _number_of_workflow(environ: Mapping[str, str], workflow: str) -> _Number:
    """GitHub's run number counts per workflow file: good only while that file is the one named."""
    running = environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0]
    if running.rpartition("/")[2] == workflow.rpartition("/")[2]:
        return _Number(variable="GITHUB_RUN_NUMBER", scope=f"per workflow file, here {workflow}")
    shown = f"is {running!r}" if running else "is not set"
    return _Number(
        variable=None,
        scope=None,
        refusal=f'workflow = "{workflow}" in [tool.uniqver] names the publishing workflow, and GITHUB_WORKFLOW_REF {shown}',
        cure="env: {UNIQVER_SOURCE: distance} in this workflow, or correct workflow in [tool.uniqver]",
        counter_helps=False,
    )


def _attempt(provider: Provider, environ: Mapping[str, str]) -> str | None:
    """Return the attempt; an empty text where it should be there and isn't, ``None`` where none is counted."""
    if provider.attempt is None:
        return None
    return environ.get(provider.attempt, "").strip() or provider.first_attempt or ""


def _tells_tag(provider: Provider, environ: Mapping[str, str]) -> bool:
    able = provider.ref is not None or bool(provider.tag)
    return able and (provider.no_tag_if is None or _holds(environ, provider.no_tag_if))


def _ref(ref: str) -> tuple[str | None, str | None]:
    """Split a full ref into its kind (heads, tags, pull) and its name; a pull request's name is its number."""
    parts = ref.split("/", 2)
    if len(parts) < 3 or parts[0] != "refs":
        return None, None
    kind, name = parts[1], parts[2]
    return kind, name.partition("/")[0] if kind == "pull" else name


def _tag(provider: Provider, environ: Mapping[str, str]) -> str | None:
    found = _first(environ, provider.tag)
    if found is None or not found.startswith(provider.tag_prefix):
        return None
    if provider.tag_if is not None and not _holds(environ, provider.tag_if):
        return None
    return found.removeprefix(provider.tag_prefix)


def _key(provider: Provider, environ: Mapping[str, str], attempt: str | None) -> str | None:
    run = None if provider.key is None else _filled(provider.key, environ)
    if run is None or attempt == "":
        return None
    return ":".join((provider.name, run, *([attempt] if attempt is not None else [])))


def _url(provider: Provider, environ: Mapping[str, str]) -> str | None:
    return None if provider.url is None else _filled(provider.url, environ)


def _filled(template: str, environ: Mapping[str, str]) -> str | None:
    """Fill in a template; return ``None`` where a variable of it is missing or empty."""
    if not all(environ.get(name) for name in re.findall(_FIELD, template)):
        return None
    return re.sub(_FIELD, lambda match: _shown(environ[match[1]]), template)


def _shown(value: str) -> str:
    """Return what a variable adds to a record: of a URL its address, since a query may hold a token."""
    return address(value) if "://" in value else value


def _first(environ: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _holds(environ: Mapping[str, str], condition: str) -> bool:
    name, wanted, value = condition.partition("=")
    found = environ.get(name, "")
    return found.lower() == value if wanted else found.lower() not in _OFF
