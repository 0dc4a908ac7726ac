"""Which CI run this is: the first row of the table that the environment fits, with its number parsed. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uniqver.ci import holds, names_in
from uniqver.ci.providers import PROVIDERS
from uniqver.ci.refused import COUNTER
from uniqver.model.decision import CiRun, Untrusted
from uniqver.model.versions import MAX_ATTEMPT, MAX_NUMBER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uniqver.ci import Provider

BY_HAND = "UNIQVER_BUILD_NUMBER=N   (a whole number that grows with each run)"
"""The fix that works on every CI."""

_NO_PULL_REQUEST = ("", "false", "0")
"""What CIs write if there is no pull request: Buildkite and Travis ``false``, Bitrise an empty string."""

_TELLING = frozenset(name for provider in PROVIDERS for each in provider.detect.split() for name in names_in(each))
"""Every variable by which a CI is detected: where none is set, which is mostly so, no row is looked at."""

_QUEUE = "gh-readonly-queue/"
_REMOTES = ("refs/heads/", "refs/remotes/origin/", "origin/")
"""What stands before a branch's name: in full refs, and in Jenkins' ``GIT_BRANCH``."""

_FIELD = r"\{(\w+)\}"
_WHOLE = r"0|[1-9][0-9]*"


def detect(environ: Mapping[str, str], *, workflow: str | None) -> CiRun | None:
    """Return the CI run that ``environ`` tells of, or ``None`` outside of every known CI.

    ``workflow`` is the file of the publishing workflow, from the settings; it matters on GitHub only.
    """
    provider = provider_of(environ)
    return None if provider is None or provider.local else _run(provider, environ, workflow)


def provider_of(environ: Mapping[str, str]) -> Provider | None:
    """Return the row that ``environ`` fits, or ``None`` outside of every known CI."""
    if _TELLING.isdisjoint(environ):
        return None
    fitting = (each for each in PROVIDERS if all(holds(environ, condition) for condition in each.detect.split()))
    return next(fitting, None)


def whole_number(text: str, variable: str, fix: str = BY_HAND) -> int | Untrusted:
    """Return the number that ``variable`` holds, or why it holds none that a version can carry.

    Good is a plain whole number that fits in 63 bits; ``fix`` is what to add in that CI's own syntax.
    """
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    if not re.fullmatch(_WHOLE, text):
        why = f"{variable} is {shown!r}: not a plain whole number (digits only, no sign, no leading zeros)"
        return Untrusted(why, fix)
    if len(text) > 19 or int(text) > MAX_NUMBER:
        why = f"{variable} is {shown}: more than a version's number can hold ({MAX_NUMBER})"
        return Untrusted(why, "UNIQVER_BUILD_NUMBER=N   (a smaller number that grows with each run)")
    return int(text)


def _run(provider: Provider, environ: Mapping[str, str], workflow: str | None) -> CiRun:
    variable, scope, counted = _number(provider, environ, workflow)
    attempt, key = _attempt(provider, environ), None
    if isinstance(attempt, Untrusted):
        counted, attempt = (counted if isinstance(counted, Untrusted) else attempt), None
    elif (named := _filled(provider.key, environ)) is not None:
        key = ":".join([provider.name, named, *([] if attempt is None else [str(attempt)])])
    refusal = _refusal(provider, environ)
    branch, tag, pull_request = _ref(provider, environ)
    able = provider.ref is not None or bool(provider.tag)
    # GitHub's pages show its run number, also if its run id makes the version
    shown = "GITHUB_RUN_NUMBER" if provider.name == "github" else provider.number
    return CiRun(
        provider=provider.name,
        title=provider.title,
        number=counted if refusal is None else refusal,
        number_variable=variable,
        scope=scope,
        attempt=attempt,
        single_branch=counted if provider.per_branch and refusal and isinstance(counted, int) else None,
        key=key,
        branch=branch,
        tag=tag,
        pull_request=pull_request,
        tells_tag=tag is not None or (able and holds(environ, provider.no_tag_if)),
        lost=_lost_ref(provider, environ, tag, told=bool(branch or tag or pull_request)),
        commit=_first(environ, provider.commit),
        workspace=_first(environ, provider.workspace),
        repository=_repository(provider, environ),
        url=_filled(provider.url, environ),
        run=environ.get(shown or "") or None,
    )


def _refusal(provider: Provider, environ: Mapping[str, str]) -> Untrusted | None:
    """Return why the number is refused, whatever it is; ``None`` if it isn't."""
    if provider.refuse is not None and holds(environ, provider.refuse_if):
        return Untrusted(provider.refuse, provider.fix or BY_HAND)
    return _not_one_count(environ) if provider.name == "jenkins" else None


def _not_one_count(environ: Mapping[str, str]) -> Untrusted | None:
    """Return why nothing shows that a job of Jenkins isn't a branch of a multibranch job, whose name was lost.

    Such a job is called ``project/branch``, and its ``GIT_BRANCH`` is that branch; elsewhere it is ``origin/branch``.
    ``BUILD_TAG`` repeats the job's name.
    """
    job, branch, tag = (environ.get(name, "") for name in ("JOB_NAME", "GIT_BRANCH", "BUILD_TAG"))
    folder, _, name = job.rpartition("/")
    agrees = not tag or tag == f"jenkins-{job.replace('/', '-')}-{environ.get('BUILD_NUMBER')}"
    if job and agrees and (not folder or (branch and name.replace("%2F", "/") != branch)):
        return None
    named = f"JOB_NAME is {job!r}" if job else "JOB_NAME is not set"
    return Untrusted(
        f"{named}, and nothing shows that this isn't a branch of a multibranch job, which counts for itself",
        f"UNIQVER_BUILD_NUMBER=$BUILD_NUMBER in the job, if it is none; else {COUNTER}",
    )


def _number(
    provider: Provider, environ: Mapping[str, str], workflow: str | None
) -> tuple[str | None, str | None, int | Untrusted]:
    """Return the variable with the run's number, what that counts in, and the number."""
    variable, scope = provider.number, provider.scope
    if provider.name == "github" and workflow is not None:
        # GitHub's run number counts per workflow file: good only while that file is the one named
        running = environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0]
        # of a reusable workflow this is the caller's, whose number it is; of a required one another repository's
        elsewhere = not running.startswith(f"{environ.get('GITHUB_REPOSITORY')}/")
        if elsewhere or running.rpartition("/")[2] != workflow.rpartition("/")[2]:
            shown = f"is {running!r}" if running else "is not set"
            why = f'workflow = "{workflow}" in [tool.uniqver] names the workflow whose runs count, and GITHUB_WORKFLOW_REF {shown}'
            fix = f"publish from {workflow}, or correct workflow in [tool.uniqver]"
            return None, None, Untrusted(why, fix, counter_helps=False)
        variable, scope = "GITHUB_RUN_NUMBER", f"per workflow file, here {workflow}"
    fix = provider.fix or BY_HAND
    if variable is None:
        return None, scope, Untrusted(provider.refuse or "it has no number", fix)
    text = environ.get(variable, "").strip()
    number = whole_number(text, variable, fix) if text else _lost(variable)
    if number == 0:  # woodpecker-cli exec and the like; no CI's first run is 0
        number = Untrusted(f"{variable} is 0: no run is counted here", fix)
    if text and variable == "GITHUB_RUN_ID":
        # also if it doesn't make the number: a CI whose own number is nonsense isn't that CI
        shown_number = whole_number(environ.get("GITHUB_RUN_NUMBER", "").strip() or "0", "GITHUB_RUN_NUMBER")
        number = shown_number if isinstance(shown_number, Untrusted) else number
    return variable, scope, number


def _lost(variable: str) -> Untrusted:
    return Untrusted(
        f"{variable} is not set",
        f"pass {variable} on into this environment (container, tox, sudo); or UNIQVER_BUILD_NUMBER=N",
    )


def _attempt(provider: Provider, environ: Mapping[str, str]) -> int | Untrusted | None:
    """Return the attempt; ``None`` if none is counted."""
    if provider.attempt is None:
        return None
    text = environ.get(provider.attempt, "").strip() or provider.first_attempt or ""
    if not text:
        return _lost(provider.attempt)
    attempt = whole_number(text, provider.attempt)
    if not isinstance(attempt, Untrusted) and not 1 <= attempt <= MAX_ATTEMPT:
        return Untrusted(
            f"{provider.attempt} is {attempt}, not between 1 and {MAX_ATTEMPT}, so that the number isn't unique",
            "start a new run instead of re-running this one",
        )
    return attempt


def _ref(provider: Provider, environ: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Return what the run is for: branch, tag and pull request, as far as they are reported."""
    ref = environ.get(provider.ref or "", "")
    _, kind, name = ref.split("/", 2) if re.match("refs/[^/]*/", ref) else ("", "", "")
    tag = name if kind == "tags" else _named(environ, provider.tag, provider.tag_prefix, provider.tag_if)
    branch = _first(environ, provider.branch) or (name if kind == "heads" else None)
    pull_request: str | None = name.partition("/")[0]
    if kind != "pull":
        pull_request = _named(environ, provider.pull_request, provider.pull_request_prefix, provider.pull_request_if)
    if pull_request is None or pull_request in _NO_PULL_REQUEST:
        signs = provider.pull_request_signs
        pull_request = (branch or "whose number was lost") if signs and holds(environ, signs) else None
    if pull_request is not None and "://" in pull_request:  # CircleCI names its page, which may hold a token
        pull_request = _shown(pull_request).rpartition("/")[2]
    return (_plain(branch) if tag is None else None), tag, pull_request


def _plain(branch: str | None) -> str | None:
    """Return a branch's name without what stands before it; of GitHub's merge queue the branch that is merged into."""
    if branch is None or branch in ("detached", "HEAD"):
        return None
    for prefix in _REMOTES:
        branch = branch.removeprefix(prefix)
    if branch.startswith(_QUEUE):
        branch = branch.removeprefix(_QUEUE).rpartition("/pr-")[0] or branch
    return branch


def _lost_ref(provider: Provider, environ: Mapping[str, str], tag: str | None, *, told: bool) -> str | None:
    """Return a clause if it was lost on the way what the run is for: then it is nobody's run."""
    always, commits = provider.always.split(), provider.commit.split()
    missing = next((n for n in always if n not in environ or (n in commits and not environ[n])), None)
    if missing is not None:
        return f"doesn't report {missing}, which every run of it has"
    commit = _first(environ, provider.commit)
    if commit is not None and commit != "HEAD" and not re.fullmatch("[0-9A-Fa-f]{7,64}", commit):
        return f"names the commit {commit[:40]!r}, which is none"
    if tag is None and provider.tag_signs is not None and holds(environ, provider.tag_signs):
        return "runs for a tag, and doesn't report which"
    return None if told or provider.may_be_silent else "reports neither branch nor tag nor pull request"


def _named(environ: Mapping[str, str], names: str, prefix: str, condition: str | None) -> str | None:
    """Return what the first of ``names`` that is set holds after ``prefix``; nothing unless ``condition`` holds."""
    found = _first(environ, names)
    fits = found is not None and found.startswith(prefix) and holds(environ, condition)
    return found.removeprefix(prefix) if found is not None and fits else None


def _filled(template: str | None, environ: Mapping[str, str]) -> str | None:
    """Fill in a template; return ``None`` without one, or if a variable of it is missing or empty."""
    if template is None or not all(environ.get(name) for name in re.findall(_FIELD, template)):
        return None
    return re.sub(_FIELD, lambda match: _shown(environ[match[1]]), template)


def _shown(value: str) -> str:
    """Return what a variable adds to a record: of a URL its address, since a query may hold a token."""
    if "://" not in value:
        return value
    from uniqver.model.redaction import address  # brings urllib.parse: only on a CI

    return address(value)


def _first(environ: Mapping[str, str], names: str) -> str | None:
    """Return what the first variable that is set holds; or the first template that can be filled in."""
    found = (_filled(name, environ) if "{" in name else environ.get(name) for name in names.split())
    return next((each for each in found if each), None)


def _repository(provider: Provider, environ: Mapping[str, str]) -> str | None:
    """Return the repository by its path on the server, with its owner if one of the variables has it."""
    found = [path for name in provider.repository.split() if (path := _path(_first(environ, name) or ""))]
    return next((path for path in found if "/" in path), found[0] if found else None)


def _path(repository: str) -> str:
    """Return the path of a repository's address: of ``git@host:acme/demo.git`` and of URLs ``acme/demo``."""
    if "://" in repository:
        repository = _shown(repository).partition("://")[2].partition("/")[2]
    elif re.match(r"[^/]*:", repository):
        repository = repository.partition(":")[2]
    return repository.strip("/").removesuffix(".git")
