"""The table of CI systems: one row each, in the order in which they are looked for.

The order matters where one system sets another's variables: Gitea and Forgejo those of GitHub, Harness
those of Drone. Rows were checked against each vendor's pages and against semantic-release/env-ci,
watson/ci-info and codecov-cli in November 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_COUNTER = 'or set counter = "git+origin" and source = "counter" in [tool.uniqver]'


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """How one CI system shows itself in the environment.

    A name in ``branch``, ``tag`` and ``pull_request`` is a variable; the first that is set and not empty
    counts. ``url`` and ``key`` are templates over variables, and say nothing where one of them is missing.
    """

    name: str
    title: str
    detect: tuple[str, ...]
    """Variables that must all be set and not empty; ``NAME=value`` asks for this value in any case."""
    number: str | None = None
    """The variable with a number that grows with each run, and is one for all jobs of a run."""
    scope: str | None = None
    """What the number counts in."""
    attempt: str | None = None
    """The variable that counts attempts of one run; set only where the whole run shares it."""
    key: str | None = None
    """Template of what names a run among all runs."""
    ref: str | None = None
    """The variable with the full ref: ``refs/heads/…``, ``refs/tags/…`` or ``refs/pull/…``."""
    branch: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    tag_prefix: str = ""
    """What stands before the name in ``tag``'s variable; without it the variable names no tag."""
    tag_if: str | None = None
    """A condition like those of ``detect``, without which ``tag`` means nothing."""
    pull_request: tuple[str, ...] = ()
    commit: tuple[str, ...] = ()
    url: str | None = None
    refuse: str | None = None
    """Why there is no number that is safe here."""
    refuse_if: str | None = None
    """A condition like those of ``detect``: ``refuse`` holds only then."""
    cure: str | None = None
    """With ``refuse``: what to add, in this system's own syntax."""
    local: bool = False
    """Runs on a developer's machine: treated as no CI at all."""


_GITHUB_KEY = "{GITHUB_REPOSITORY}:{GITHUB_RUN_ID}"
_GITHUB_URL = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"

PROVIDERS: Final = (
    # act sets all of GitHub's variables, and every number is 1
    Provider(name="act", title="act", detect=("ACT=true",), local=True),
    *(
        Provider(
            name=name,
            title=title,
            detect=(variable,),
            number="GITHUB_RUN_NUMBER",
            scope="per repository",
            attempt="GITHUB_RUN_ATTEMPT",
            key=_GITHUB_KEY,
            ref="GITHUB_REF",
            branch=("GITHUB_HEAD_REF",),
            commit=("GITHUB_SHA",),
            url=_GITHUB_URL,
        )
        for name, title, variable in (
            ("gitea", "Gitea Actions", "GITEA_ACTIONS"),
            ("forgejo", "Forgejo Actions", "FORGEJO_ACTIONS"),
        )
    ),
    Provider(
        name="github",
        title="GitHub Actions",
        detect=("GITHUB_ACTIONS",),
        number="GITHUB_RUN_ID",  # see detect.py for GITHUB_RUN_NUMBER, which counts per workflow file
        scope="per repository",
        attempt="GITHUB_RUN_ATTEMPT",
        key=_GITHUB_KEY,
        ref="GITHUB_REF",
        branch=("GITHUB_HEAD_REF",),
        commit=("GITHUB_SHA",),
        url=_GITHUB_URL,
    ),
    Provider(
        name="gitlab",
        title="GitLab CI",
        detect=("GITLAB_CI",),
        number="CI_PIPELINE_IID",
        scope="per project",
        key="{CI_PROJECT_ID}:{CI_PIPELINE_ID}",
        branch=("CI_COMMIT_BRANCH", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
        tag=("CI_COMMIT_TAG",),
        pull_request=("CI_MERGE_REQUEST_IID",),
        commit=("CI_COMMIT_SHA",),
        url="{CI_PIPELINE_URL}",
    ),
    Provider(
        name="azure",
        title="Azure Pipelines",
        detect=("TF_BUILD",),
        number="BUILD_BUILDID",
        scope="per organization",
        key="{SYSTEM_COLLECTIONURI}:{BUILD_BUILDID}",
        ref="BUILD_SOURCEBRANCH",
        branch=("SYSTEM_PULLREQUEST_SOURCEBRANCH",),
        pull_request=("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"),
        commit=("BUILD_SOURCEVERSION",),
        url="{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
    ),
    Provider(
        name="circleci",
        title="CircleCI",
        detect=("CIRCLECI",),
        key="{CIRCLE_WORKFLOW_ID}",
        branch=("CIRCLE_BRANCH",),
        tag=("CIRCLE_TAG",),
        pull_request=("CIRCLE_PULL_REQUEST",),
        commit=("CIRCLE_SHA1",),
        url="{CIRCLE_BUILD_URL}",
        refuse="CIRCLE_BUILD_NUM counts jobs, so that two jobs of one pipeline differ",
        cure=f"environment: {{UNIQVER_BUILD_NUMBER: << pipeline.number >>}} in .circleci/config.yml, {_COUNTER}",
    ),
    Provider(
        name="jenkins",
        title="Jenkins",
        detect=("JENKINS_URL", "BUILD_ID"),
        number="BUILD_NUMBER",
        scope="per job",
        key="{JENKINS_URL}:{JOB_NAME}:{BUILD_NUMBER}",
        branch=("CHANGE_BRANCH", "BRANCH_NAME"),
        tag=("TAG_NAME",),
        pull_request=("CHANGE_ID",),
        commit=("GIT_COMMIT",),
        url="{BUILD_URL}",
        refuse="BUILD_NUMBER of a multibranch job counts per branch, so that two branches collide",
        refuse_if="BRANCH_NAME",
        cure=f"environment {{ UNIQVER_BUILD_NUMBER = '…a number of the whole project…' }} in the Jenkinsfile, {_COUNTER}",
    ),
    Provider(
        name="buildkite",
        title="Buildkite",
        detect=("BUILDKITE",),
        number="BUILDKITE_BUILD_NUMBER",
        scope="per pipeline",
        key="{BUILDKITE_BUILD_ID}",
        branch=("BUILDKITE_BRANCH",),
        tag=("BUILDKITE_TAG",),
        pull_request=("BUILDKITE_PULL_REQUEST",),
        commit=("BUILDKITE_COMMIT",),
        url="{BUILDKITE_BUILD_URL}",
    ),
    Provider(
        name="travis",
        title="Travis CI",
        detect=("TRAVIS",),
        number="TRAVIS_BUILD_NUMBER",
        scope="per repository",
        key="{TRAVIS_REPO_SLUG}:{TRAVIS_BUILD_ID}",
        branch=("TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH"),
        tag=("TRAVIS_TAG",),
        pull_request=("TRAVIS_PULL_REQUEST",),
        commit=("TRAVIS_COMMIT",),
        url="{TRAVIS_BUILD_WEB_URL}",
    ),
    Provider(
        name="appveyor",
        title="AppVeyor",
        detect=("APPVEYOR",),
        number="APPVEYOR_BUILD_NUMBER",
        scope="per project",
        key="{APPVEYOR_PROJECT_ID}:{APPVEYOR_BUILD_ID}",
        branch=("APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH", "APPVEYOR_REPO_BRANCH"),
        tag=("APPVEYOR_REPO_TAG_NAME",),
        tag_if="APPVEYOR_REPO_TAG=true",
        pull_request=("APPVEYOR_PULL_REQUEST_NUMBER",),
        commit=("APPVEYOR_REPO_COMMIT",),
        url="{APPVEYOR_URL}/project/{APPVEYOR_ACCOUNT_NAME}/{APPVEYOR_PROJECT_SLUG}/builds/{APPVEYOR_BUILD_ID}",
    ),
    Provider(
        name="bitbucket",
        title="Bitbucket Pipelines",
        detect=("BITBUCKET_BUILD_NUMBER",),
        number="BITBUCKET_BUILD_NUMBER",
        scope="per repository",
        key="{BITBUCKET_REPO_FULL_NAME}:{BITBUCKET_BUILD_NUMBER}",
        branch=("BITBUCKET_BRANCH",),
        tag=("BITBUCKET_TAG",),
        pull_request=("BITBUCKET_PR_ID",),
        commit=("BITBUCKET_COMMIT",),
        url="{BITBUCKET_GIT_HTTP_ORIGIN}/pipelines/results/{BITBUCKET_BUILD_NUMBER}",
    ),
    Provider(
        name="teamcity",
        title="TeamCity",
        detect=("TEAMCITY_VERSION",),
        number="BUILD_NUMBER",  # free text: one that isn't all digits is refused where it is read
        scope="per build configuration",
        key="{TEAMCITY_BUILDCONF_NAME}:{BUILD_NUMBER}",
        commit=("BUILD_VCS_NUMBER",),
    ),
    Provider(
        name="harness",
        title="Harness CI",
        detect=("HARNESS_BUILD_ID",),
        number="DRONE_BUILD_NUMBER",
        scope="per pipeline",
        key="{HARNESS_BUILD_ID}",
        branch=("DRONE_SOURCE_BRANCH", "DRONE_COMMIT_BRANCH", "DRONE_BRANCH"),
        tag=("DRONE_TAG",),
        pull_request=("DRONE_PULL_REQUEST",),
        commit=("DRONE_COMMIT_SHA",),
        url="{DRONE_BUILD_LINK}",
    ),
    Provider(
        name="woodpecker",
        title="Woodpecker CI",
        detect=("CI=woodpecker",),
        number="CI_PIPELINE_NUMBER",
        scope="per repository",
        key="{CI_REPO}:{CI_PIPELINE_NUMBER}",
        branch=("CI_COMMIT_SOURCE_BRANCH", "CI_COMMIT_BRANCH"),
        tag=("CI_COMMIT_TAG",),
        pull_request=("CI_COMMIT_PULL_REQUEST",),
        commit=("CI_COMMIT_SHA",),
        url="{CI_PIPELINE_URL}",
    ),
    Provider(
        name="drone",
        title="Drone CI",
        detect=("DRONE",),
        number="DRONE_BUILD_NUMBER",
        scope="per repository",
        key="{DRONE_REPO}:{DRONE_BUILD_NUMBER}",
        branch=("DRONE_SOURCE_BRANCH", "DRONE_BRANCH"),
        tag=("DRONE_TAG",),
        pull_request=("DRONE_PULL_REQUEST",),
        commit=("DRONE_COMMIT_SHA",),
        url="{DRONE_BUILD_LINK}",
    ),
    Provider(
        name="semaphore",
        title="Semaphore CI",
        detect=("SEMAPHORE",),
        key="{SEMAPHORE_WORKFLOW_ID}",
        branch=("SEMAPHORE_GIT_PR_BRANCH", "SEMAPHORE_GIT_BRANCH"),
        tag=("SEMAPHORE_GIT_TAG_NAME",),
        pull_request=("SEMAPHORE_GIT_PR_NUMBER",),
        commit=("SEMAPHORE_GIT_SHA",),
        refuse="SEMAPHORE_WORKFLOW_NUMBER starts again for each branch, so that two branches collide",
        cure=f"export UNIQVER_BUILD_NUMBER=…a number of the whole project… in the job's commands, {_COUNTER}",
    ),
    Provider(
        name="codebuild",
        title="AWS CodeBuild",
        detect=("CODEBUILD_BUILD_ARN",),
        number="CODEBUILD_BUILD_NUMBER",
        scope="per project",
        key="{CODEBUILD_BUILD_ARN}",
        ref="CODEBUILD_WEBHOOK_HEAD_REF",
        tag=("CODEBUILD_WEBHOOK_TRIGGER",),
        tag_prefix="tag/",
        commit=("CODEBUILD_RESOLVED_SOURCE_VERSION",),
        url="{CODEBUILD_PUBLIC_BUILD_URL}",
    ),
    Provider(
        name="bitrise",
        title="Bitrise",
        detect=("BITRISE_IO",),
        number="BITRISE_BUILD_NUMBER",
        scope="per app",
        key="{BITRISE_APP_SLUG}:{BITRISE_BUILD_SLUG}",
        branch=("BITRISE_GIT_BRANCH",),
        tag=("BITRISE_GIT_TAG",),
        pull_request=("BITRISE_PULL_REQUEST",),
        commit=("BITRISE_GIT_COMMIT",),
        url="{BITRISE_BUILD_URL}",
    ),
    Provider(
        name="codemagic",
        title="Codemagic",
        detect=("CM_BUILD_ID",),
        number="PROJECT_BUILD_NUMBER",  # BUILD_NUMBER counts per workflow
        scope="per app",
        key="{CM_PROJECT_ID}:{CM_BUILD_ID}",
        branch=("CM_BRANCH",),
        tag=("CM_TAG",),
        pull_request=("CM_PULL_REQUEST_NUMBER",),
        commit=("CM_COMMIT",),
    ),
    Provider(
        name="bamboo",
        title="Bamboo",
        detect=("bamboo_planKey",),
        number="bamboo_buildNumber",
        scope="per plan",
        key="{bamboo_planKey}:{bamboo_buildNumber}",
        branch=("bamboo_planRepository_branchName",),
        commit=("bamboo_planRepository_revision",),
        url="{bamboo_resultsUrl}",
    ),
    Provider(
        name="gocd",
        title="GoCD",
        detect=("GO_PIPELINE_LABEL",),
        number="GO_PIPELINE_COUNTER",
        scope="per pipeline",
        attempt="GO_STAGE_COUNTER",
        key="{GO_SERVER_URL}:{GO_PIPELINE_NAME}:{GO_PIPELINE_COUNTER}",
        commit=("GO_REVISION",),
    ),
    *(
        Provider(
            name=name,
            title=title,
            detect=detect,
            key=key,
            ref=ref,
            branch=branch,
            tag=tag,
            tag_if=tag_if,
            url=url,
            refuse=f"{title} gives {has}",
            cure=f"{cure}, {_COUNTER}",
        )
        for name, title, detect, key, ref, branch, tag, tag_if, url, has, cure in (
            (
                "cloudbuild", "Google Cloud Build", ("PROJECT_ID", "BUILD_ID", "TRIGGER_NAME"), "{BUILD_ID}",
                None, ("BRANCH_NAME",), ("TAG_NAME",), None, None,
                "no number, only an opaque BUILD_ID",
                "env: ['UNIQVER_BUILD_NUMBER=…a number of your own…'] in the step of cloudbuild.yaml",
            ),
            (
                "vercel", "Vercel", ("VERCEL",), "{VERCEL_DEPLOYMENT_ID}",
                None, ("VERCEL_GIT_COMMIT_REF",), (), None, None,
                "no number", "UNIQVER_BUILD_NUMBER=…a number of your own… in the build command",
            ),
            (
                "netlify", "Netlify", ("NETLIFY",), "{BUILD_ID}",
                None, ("HEAD", "BRANCH"), (), None, "{DEPLOY_URL}",
                "no number, only an opaque BUILD_ID",
                'UNIQVER_BUILD_NUMBER = "…a number of your own…" under [build.environment] in netlify.toml',
            ),
            (
                "readthedocs", "Read the Docs", ("READTHEDOCS=true",), None,
                None, ("READTHEDOCS_GIT_IDENTIFIER",), ("READTHEDOCS_VERSION_NAME",),
                "READTHEDOCS_VERSION_TYPE=tag", None,
                "no number",
                "UNIQVER_SOURCE=distance among the project's environment variables (documentation is not uploaded)",
            ),
            (
                "codefresh", "Codefresh", ("CF_BUILD_ID",), "{CF_BUILD_ID}",
                None, ("CF_BRANCH",), (), None, "{CF_BUILD_URL}",
                "no number, only an opaque CF_BUILD_ID",
                "environment: ['UNIQVER_BUILD_NUMBER=…a number of your own…'] in the step of codefresh.yml",
            ),
            (
                "zuul", "Zuul", ("ZUUL_BUILD",), "{ZUUL_BUILD}",
                "ZUUL_REF", ("ZUUL_BRANCH",), (), None, None,
                "no number, only a UUID", "environment: {UNIQVER_BUILD_NUMBER: …a number of your own…} in the play",
            ),
            (
                "prow", "Prow", ("PROW_JOB_ID",), "{PROW_JOB_ID}",
                None, ("PULL_BASE_REF",), (), None, None,
                "a BUILD_ID of some 19 digits that two clusters may share",
                "env: [{name: UNIQVER_BUILD_NUMBER, value: …a number of your own…}] in the job",
            ),
        )
    ),
)  # fmt: skip
