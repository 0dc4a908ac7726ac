"""CI systems: the signs that one is there, and the run that it is. Pure.

Every hook reads this. All else, 3 ms to compile, is imported only if there is a sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from uniqver.model.decision import CiRun, Untrusted
from uniqver.model.versions import MAX_NUMBER

if TYPE_CHECKING:
    from uniqver.ci.run import Provider

MERGE_QUEUE = "gh-readonly-queue/"
"""Start of the branches that GitHub makes for it: ``gh-readonly-queue/main/pr-7-…``."""

SIGNS = {
    "forgejo": "FORGEJO_ACTIONS|FORGEJO_ACTIONS_RUNNER_VERSION",  # sets Gitea's variables too
    "gitea": "GITEA_ACTIONS|GITEA_ACTIONS_RUNNER_VERSION",  # sets GitHub's variables too, as act does
    "act": "ACT=true|GITHUB_ACTOR=nektos/act|RUNNER_PERFLOG=/dev/null",
    "github": "GITHUB_ACTIONS",
    "gitlab": "GITLAB_CI",
    "azure": "TF_BUILD",
    "circleci": "CIRCLECI",
    # JENKINS_URL and BUILD_URL are there only if the server was told its address; JENKINS_HOME and BUILD_TAG always
    "jenkins": "JENKINS_URL|HUDSON_URL|JENKINS_HOME|HUDSON_HOME|BUILD_TAG^=jenkins- BUILD_ID|BUILD_TAG^=jenkins-",
    "buildkite": "BUILDKITE",
    "travis": "TRAVIS",
    "appveyor": "APPVEYOR",
    "bitbucket": "BITBUCKET_BUILD_NUMBER|BITBUCKET_PIPELINE_UUID",
    "teamcity": "TEAMCITY_VERSION",
    "harness": "HARNESS_BUILD_ID|HARNESS_PIPELINE_ID|HARNESS_ACCOUNT_ID|HARNESS_EXECUTION_ID",  # sets Drone's too
    "woodpecker": "CI=woodpecker|CI_SYSTEM_NAME=woodpecker",
    "drone": "DRONE",
    "vela": "VELA|VELA_BUILD_NUMBER",
    "semaphore": "SEMAPHORE",
    "codebuild": "CODEBUILD_BUILD_ARN|CODEBUILD_BUILD_ID",  # hosts runners of GitHub and GitLab, whose jobs see it too
    "bitrise": "BITRISE_IO",
    "codemagic": "CM_BUILD_ID|CM_PROJECT_ID",
    "xcode-cloud": "CI_XCODE_CLOUD|CI_XCODE_PROJECT",
    "buddy": "BUDDY|BUDDY_PIPELINE_ID|BUDDY_WORKSPACE_ID",
    "bamboo": "bamboo_planKey|bamboo_buildKey",
    "gocd": "GO_PIPELINE_LABEL|GO_PIPELINE_COUNTER",
    # all but BUILDER_OUTPUT are substitutions, in the environment only if a step maps them
    "cloudbuild": "BUILDER_OUTPUT|PROJECT_ID BUILDER_OUTPUT|BUILD_ID BUILDER_OUTPUT|TRIGGER_NAME",
    "vercel": "VERCEL",
    "netlify": "NETLIFY",
    "readthedocs": "READTHEDOCS=true",
    "codefresh": "CF_BUILD_ID",
    "zuul": "ZUUL_UUID|ZUUL_BUILD",
    "prow": "PROW_JOB_ID",
    "sourcehut": "CI_NAME=sourcehut",
    "taskcluster": "TASK_ID RUN_ID TASKCLUSTER_ROOT_URL|TASKCLUSTER_PROXY_URL",
    "screwdriver": "SCREWDRIVER",
    "cloudflare": "CF_PAGES|WORKERS_CI",
    "heroku": "HEROKU_TEST_RUN_ID",
    "render": "RENDER",
    "eas": "EAS_BUILD",
    "appcircle": "AC_APPCIRCLE",
}
"""By the CI's name, conditions that must all hold. The first that fits counts: one may set another's variables, or run inside
it.
"""

BY_HAND = "UNIQVER_BUILD_NUMBER=N   (a whole number that grows with each run)"
"""The fix that works on every CI."""

COUNTER = 'counter = "git+origin" in [tool.uniqver]'
"""The fix that works in every system that can push to the repository."""


def detect(environ: Mapping[str, str], *, workflow: str | None) -> CiRun | None:
    """Return the CI run that ``environ`` tells of, or ``None`` outside of every known CI.

    ``workflow`` is the setting, which matters on GitHub only.
    """
    provider = provider_of(environ)
    if provider is None or provider.local:
        return None
    from uniqver.ci.run import read_run

    return read_run(provider, environ, workflow)


def provider_of(environ: Mapping[str, str]) -> Provider | None:
    """Return the row of the CI whose signs ``environ`` has, or ``None`` outside of every known CI."""
    if _TELLING.isdisjoint(environ):
        return None
    fitting = (name for name, signs in SIGNS.items() if all(holds(environ, sign) for sign in signs.split()))
    name = next(fitting, None)
    return None if name is None else provider_named(name)


def provider_named(name: str) -> Provider:
    """Return the row of the CI that :data:`SIGNS` calls ``name``."""
    from uniqver.ci.providers import PROVIDERS

    return PROVIDERS[name]


def holds(environ: Mapping[str, str], condition: str) -> bool:
    """Tell whether a condition holds; an empty one does.

    It is ``NAME`` (neither empty nor ``false``), ``NAME=value`` or ``NAME^=start``, both in any case; or several with ``|``
    between, of which one must hold.
    """
    return not condition or any(_holds(environ, each) for each in condition.split("|"))


def _holds(environ: Mapping[str, str], condition: str) -> bool:
    name, asks, wanted = condition.partition("=")
    value = environ.get(name.removesuffix("^"), "").lower()
    if not asks:
        return value not in ("", "false")
    return value.startswith(wanted) if name[-1] == "^" else value == wanted


def names_in(conditions: str) -> list[str]:
    """Return the variables that conditions look at."""
    return [each.partition("=")[0].removesuffix("^") for each in conditions.replace("|", " ").split()]


_TELLING = frozenset(names_in(" ".join(SIGNS.values())))
"""Every variable that may be a sign. Mostly none is set, and no condition is looked at."""


def whole_number(text: str, variable: str, fix: str = BY_HAND) -> int | Untrusted:
    """Return the number that ``variable`` holds, or why that is not a plain whole number of 63 bits.

    ``fix`` is what to add in that CI's own syntax.
    """
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    if not re.fullmatch("0|[1-9][0-9]*", text):
        why = f"{variable} is {shown!r}: not a plain whole number (digits only, no sign, no leading zeros)"
        return Untrusted(why, fix)
    if len(text) > 19 or int(text) > MAX_NUMBER:
        why = f"{variable} is {shown}: more than a version's number can hold ({MAX_NUMBER})"
        return Untrusted(why, "UNIQVER_BUILD_NUMBER=N   (a smaller number that grows with each run)")
    return int(text)
