"""How a CI system tells of its runs in the environment, and the run that it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from uniqver.ci import BY_HAND, COUNTER, MERGE_QUEUE, SIGNS, holds, whole_number
from uniqver.model import NamedTuple
from uniqver.model.decision import CiRun, Untrusted
from uniqver.model.redaction import address
from uniqver.model.versions import MAX_ATTEMPT

_NO_PULL_REQUEST = ("", "false", "0")
"""What CIs write if there is no pull request: Buildkite and Travis ``false``, Bitrise an empty string."""

_FIELD = r"\{(\w+)\}"


class Provider(NamedTuple):
    """How one CI system tells of its runs in the environment.

    Most fields name variables. ``branch``, ``tag``, ``pull_request``, ``commit``, ``workspace`` and ``repository`` hold names
    with spaces between, of which the first counts that has a value. A name is a variable, or a template over variables
    (``{REPO_OWNER}/{REPO_NAME}``); with ``^=prefix`` it is what follows that prefix, with ``?CONDITION`` nothing unless that
    holds. ``url`` and ``key`` are templates: nothing if a variable is missing. Conditions, as in ``…_if``, are those of
    :func:`uniqver.ci.holds`.
    """

    name: str
    title: str
    source: str
    """Where the row was read, at ``providers.READ``: the runner's repository and files, or the vendor's page."""
    unconfirmed: str | None = None
    """What of the row no source confirms, as a clause."""
    number: str = ""
    """Grows with each run, and is the same in all its jobs."""
    scope: str | None = None
    """What the number counts in."""
    attempt: str = ""
    """Counts a run's attempts, if the whole run shares it."""
    first_attempt: str = ""
    """The meaning of an empty ``attempt``; without one, it was lost on the way."""
    key: str = ""
    """Names a run among all runs."""
    ref: str = ""
    """The full ref: ``refs/heads/…``, ``refs/tags/…`` or ``refs/pull/…``."""
    branch: str = ""
    tag: str = ""
    tag_if: str = ""
    """Shows a run for a tag, also if its name was lost."""
    no_tag_if: str = ""
    """Shows that silence about a tag means that there is none."""
    pull_request: str = ""
    pull_request_if: str = ""
    """Shows a pull request's run, also if its number was lost."""
    always: str = ""
    """Set in every run, if only empty: a missing one was lost on the way."""
    may_be_silent: bool = False
    """Whether a run may report neither branch nor tag nor pull request; else they were lost."""
    commit: str = ""
    workspace: str = ""
    """The folder that the repository is checked out to."""
    repository: str = ""
    url: str = ""
    refuse: str = ""
    """Why no number is safe here, if ``refuse_if`` holds."""
    refuse_if: str = ""
    per_branch: bool = False
    """Whether it is refused for counting per branch: good for one branch that the settings single out."""
    fix: str = ""
    """The line to add here, if the number is refused or not a whole number."""
    local: bool = False
    """Whether it runs on a developer's machine, as if there were no CI."""

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that the row looks at: those that may be shown."""
        conditions = (SIGNS[self.name], self.tag_if, self.no_tag_if, self.pull_request_if, self.refuse_if)
        names = (self.branch, self.tag, self.pull_request, self.always, self.commit, self.workspace, self.repository)
        looked_at = " ".join((*conditions, *names, self.number, self.attempt, self.ref, self.key))
        found = re.findall(r"(?<![\w=/-])\w+(?=[ }|^=?]|$)", looked_at)
        return tuple(dict.fromkeys([*found, *re.findall(r"{(\w+)}", self.url)]))


def read_run(provider: Provider, environ: Mapping[str, str], workflow: str | None) -> CiRun:
    """Return the run of ``provider`` that ``environ`` tells of. ``workflow`` is the setting of that name."""
    variable, scope, counted = _number(provider, environ, workflow)
    attempt, key = _attempt(provider, environ), None
    if isinstance(attempt, Untrusted):
        counted, attempt = (counted if isinstance(counted, Untrusted) else attempt), None
    elif (named := _filled(provider.key, environ)) is not None:
        key = ":".join([provider.name, named, *([] if attempt is None else [str(attempt)])])
    refusal = _refusal(provider, environ)
    branch, tag, pull_request = _ref(provider, environ)
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
        tells_tag=tag is not None or (bool(provider.ref or provider.tag) and holds(environ, provider.no_tag_if)),
        lost=_lost_ref(provider, environ, tag, told=bool(branch or tag or pull_request)),
        commit=_first(environ, provider.commit),
        workspace=_first(environ, provider.workspace),
        repository=_repository(provider, environ),
        url=_filled(provider.url, environ),
        run=environ.get(shown) or None,
    )


def _refusal(provider: Provider, environ: Mapping[str, str]) -> Untrusted | None:
    """Return why the number is refused, whatever it is."""
    if provider.refuse and holds(environ, provider.refuse_if):
        return Untrusted(provider.refuse, provider.fix)
    return _not_one_count(environ) if provider.name == "jenkins" else None


def _not_one_count(environ: Mapping[str, str]) -> Untrusted | None:
    """Return why a job of Jenkins may be a branch of a multibranch job, whose name was lost.

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
    """Return the variable of the number, what it counts in, and the number."""
    variable, scope, fix = provider.number, provider.scope, provider.fix or BY_HAND
    if not variable:
        return None, scope, Untrusted(provider.refuse, fix)
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
    number = _count(environ, variable, fix)
    if number == 0:  # woodpecker-cli exec and the like; no CI's first run is 0
        number = Untrusted(f"{variable} is 0: no run is counted here", fix)
    if variable == "GITHUB_RUN_ID" and isinstance(number, int):
        # it doesn't make the number, but a CI whose own number is nonsense isn't that CI
        page = _count(environ, "GITHUB_RUN_NUMBER", default="0")
        number = page if isinstance(page, Untrusted) else number
    return variable, scope, number


def _count(environ: Mapping[str, str], variable: str, fix: str = BY_HAND, default: str = "") -> int | Untrusted:
    text = environ.get(variable, "").strip() or default
    if text:
        return whole_number(text, variable, fix)
    return Untrusted(
        f"{variable} is not set",
        f"pass {variable} on into this environment (container, tox, sudo); or UNIQVER_BUILD_NUMBER=N",
    )


def _attempt(provider: Provider, environ: Mapping[str, str]) -> int | Untrusted | None:
    if not provider.attempt:
        return None
    attempt = _count(environ, provider.attempt, default=provider.first_attempt)
    if not isinstance(attempt, Untrusted) and not 1 <= attempt <= MAX_ATTEMPT:
        return Untrusted(
            f"{provider.attempt} is {attempt}, not between 1 and {MAX_ATTEMPT}, so that the number isn't unique",
            "start a new run instead of re-running this one",
        )
    return attempt


def _ref(provider: Provider, environ: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Return what the run is for: branch, tag and pull request, as far as they are reported."""
    ref = environ.get(provider.ref, "")
    _, kind, name = ref.split("/", 2) if re.match("refs/[^/]*/", ref) else ("", "", "")
    tag = name if kind == "tags" else _first(environ, provider.tag)
    branch = _first(environ, provider.branch) or (name if kind == "heads" else None)
    pull_request = name.partition("/")[0] if kind == "pull" else _first(environ, provider.pull_request)
    if pull_request is None or pull_request in _NO_PULL_REQUEST:
        signs = provider.pull_request_if
        pull_request = (branch or "whose number was lost") if signs and holds(environ, signs) else None
    if pull_request is not None and "://" in pull_request:  # CircleCI names its page, which may hold a token
        pull_request = address(pull_request).rpartition("/")[2]
    return (_plain(branch) if tag is None else None), tag, pull_request


def _plain(branch: str | None) -> str | None:
    """Return a branch's name without what stands before it; of GitHub's merge queue the branch that is merged into."""
    if branch is None or branch in ("detached", "HEAD"):
        return None
    for prefix in ("refs/heads/", "refs/remotes/origin/", "origin/"):  # the last is Jenkins'
        branch = branch.removeprefix(prefix)
    return (branch.startswith(MERGE_QUEUE) and branch.removeprefix(MERGE_QUEUE).rpartition("/pr-")[0]) or branch


def _lost_ref(provider: Provider, environ: Mapping[str, str], tag: str | None, *, told: bool) -> str | None:
    """Return a clause if it was lost on the way what the run is for."""
    commits = provider.commit.split()
    always = provider.always.split()
    missing = next((name for name in always if name not in environ or (name in commits and not environ[name])), None)
    if missing is not None:
        return f"doesn't report {missing}, which every run of it has"
    commit = _first(environ, provider.commit)
    if commit is not None and commit != "HEAD" and not re.fullmatch("[0-9A-Fa-f]{7,64}", commit):
        return f"names the commit {commit[:40]!r}, which is none"
    if tag is None and provider.tag_if and holds(environ, provider.tag_if):
        return "runs for a tag, and doesn't report which"
    return None if told or provider.may_be_silent else "reports neither branch nor tag nor pull request"


def _first(environ: Mapping[str, str], names: str) -> str | None:
    """Return the value of the first of a row's ``names`` that has one."""
    for each in names.split():
        named, _, condition = each.partition("?")
        name, _, prefix = named.partition("^=")
        value = (_filled(name, environ) if "{" in name else environ.get(name)) or ""
        if value and value.startswith(prefix) and holds(environ, condition):
            return value.removeprefix(prefix)
    return None


def _filled(template: str, environ: Mapping[str, str]) -> str | None:
    """Fill in a template, of URLs only their addresses: a query may hold a token."""
    values = {name: environ.get(name, "") for name in re.findall(_FIELD, template)}
    if not template or not all(values.values()):
        return None
    return template.format_map({name: address(value) if "://" in value else value for name, value in values.items()})


def _repository(provider: Provider, environ: Mapping[str, str]) -> str | None:
    """Return the repository by its path on the server, with its owner if one of the variables has it."""
    found = filter(None, (_path(_first(environ, name) or "") for name in provider.repository.split()))
    return max(found, key=lambda path: "/" in path, default=None)  # the first of the best


def _path(repository: str) -> str:
    """Return ``acme/demo``, also of ``git@host:acme/demo.git`` and of a URL."""
    if "://" in repository:
        repository = address(repository).partition("://")[2].partition("/")[2]
    elif re.match(r"[^/]*:", repository):
        repository = repository.partition(":")[2]
    return repository.strip("/").removesuffix(".git")
