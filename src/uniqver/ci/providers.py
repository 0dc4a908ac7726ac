"""The table of CI systems that count their runs: a row each, with where it was read."""

from __future__ import annotations

import re

from uniqver.ci import SIGNS
from uniqver.model import NamedTuple

COUNTER = 'counter = "git+origin" in [tool.uniqver]'
"""The fix that works in every system that can push to the repository."""

READ = "2026-11-24"
"""When the sources of all rows were read last."""

_ONE_BRANCH = f"{COUNTER}; or, if one branch alone publishes: branches = {{main = {{source = 'ci'}}}} there"


class Provider(NamedTuple):
    """How one CI system tells of its runs in the environment.

    ``branch``, ``tag``, ``pull_request``, ``commit``, ``workspace`` and ``repository`` hold names with spaces between; the
    first that has a value counts. A name is a variable, or a template over variables (``{REPO_OWNER}/{REPO_NAME}``); with
    ``^=prefix`` it is what follows that prefix, with ``?CONDITION`` nothing unless that holds. ``url`` and ``key`` are
    templates too: nothing if a variable is missing. Conditions are those of :func:`uniqver.ci.holds`.
    """

    name: str
    title: str
    source: str
    """Where the row was read, at :data:`READ`: the runner's repository and files, or the vendor's page."""
    unconfirmed: str | None = None
    """What of the row no source confirms, as a clause."""
    number: str = ""
    """The variable that grows with each run, and is the same in all its jobs."""
    scope: str | None = None
    """What the number counts in."""
    attempt: str = ""
    """The variable that counts a run's attempts, if the whole run shares it."""
    first_attempt: str = ""
    """The meaning of an empty ``attempt``; without one, it was lost on the way."""
    key: str = ""
    """Names a run among all runs."""
    ref: str = ""
    """The variable with the full ref: ``refs/heads/…``, ``refs/tags/…`` or ``refs/pull/…``."""
    branch: str = ""
    tag: str = ""
    tag_signs: str = ""
    """The condition of a run for a tag, also if its name was lost."""
    no_tag_if: str = ""
    """The condition under which silence about a tag means that there is none."""
    pull_request: str = ""
    pull_request_signs: str = ""
    """The condition of a pull request's run, also if its number was lost."""
    always: str = ""
    """Variables that every run has, if only empty: a missing one was lost on the way."""
    may_be_silent: bool = False
    """Whether a run may report neither branch nor tag nor pull request; else they were lost."""
    commit: str = ""
    workspace: str = ""
    """The folder that the repository is checked out to."""
    repository: str = ""
    url: str = ""
    refuse: str = ""
    """Why no number is safe here."""
    refuse_if: str = ""
    """The condition for ``refuse``."""
    per_branch: bool = False
    """Whether it is refused for counting per branch: good for one branch that the settings single out."""
    fix: str = ""
    """The line to add here, if the number is refused or not a whole number."""
    local: bool = False
    """Whether it runs on a developer's machine, as if there were no CI."""

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that the row looks at: those that may be shown."""
        conditions = (SIGNS[self.name], self.tag_signs, self.no_tag_if, self.pull_request_signs, self.refuse_if)
        names = (self.branch, self.tag, self.pull_request, self.always, self.commit, self.workspace, self.repository)
        looked_at = " ".join((*conditions, *names, self.number, self.attempt, self.ref, self.key))
        found = re.findall(r"(?<![\w=/-])\w+(?=[ }|^=?]|$)", looked_at)
        return tuple(dict.fromkeys([*found, *re.findall(r"{(\w+)}", self.url)]))


# fmt: off
# see run.py for GITHUB_RUN_NUMBER, which counts per workflow file; of pull_request_target GITHUB_REF is the base
# branch and GITHUB_SHA its commit: a pull request's run all the same
_GITHUB = Provider(
    "github", "GitHub Actions", source="actions/runner GitHubContext.cs", number="GITHUB_RUN_ID",
    scope="per repository", attempt="GITHUB_RUN_ATTEMPT", key="{GITHUB_REPOSITORY}:{GITHUB_RUN_ID}", ref="GITHUB_REF",
    branch="GITHUB_HEAD_REF", tag_signs="GITHUB_REF_TYPE=tag", pull_request="GITHUB_HEAD_REF",
    pull_request_signs="GITHUB_EVENT_NAME^=pull_request", always="GITHUB_SHA", commit="GITHUB_SHA",
    workspace="GITHUB_WORKSPACE", repository="GITHUB_REPOSITORY",
    url="{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
)
# Gitea's runner and Forgejo's set ACT=true too, count attempts of a job, and may leave the attempt empty
_FORGEJO = _GITHUB._replace(
    name="forgejo", title="Forgejo Actions",
    source="forgejo/runner runner.go, run_context.go", number="GITHUB_RUN_NUMBER",
    first_attempt="1", url="{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_NUMBER}",
)
_DRONE = Provider(
    "drone", "Drone CI", source="drone/runner-go environ.go, drone/drone repos.go",
    number="DRONE_BUILD_NUMBER", scope="per repository", key="{DRONE_REPO}:{DRONE_BUILD_NUMBER}",
    ref="DRONE_COMMIT_REF", branch="DRONE_SOURCE_BRANCH DRONE_COMMIT_BRANCH DRONE_BRANCH", tag="DRONE_TAG",
    tag_signs="DRONE_BUILD_EVENT=tag", pull_request="DRONE_PULL_REQUEST",
    pull_request_signs="DRONE_BUILD_EVENT=pull_request", commit="DRONE_COMMIT_SHA DRONE_COMMIT",
    workspace="DRONE_WORKSPACE", repository="DRONE_REPO DRONE_REPO_LINK", url="{DRONE_BUILD_LINK}",
)
_ROWS = (
    _FORGEJO,
    _FORGEJO._replace(
        name="gitea", title="Gitea Actions",
        source="gitea/runner runner.go, run_context.go",
    ),
    Provider("act", "act", source="nektos/act run_context.go", local=True),  # every number is 1
    _GITHUB,
    # a child pipeline has an IID of its own, of the same count: its version is another one, and no less unique
    Provider(
        "gitlab", "GitLab CI",
        source="gitlabhq/gitlabhq variables/builder/pipeline.rb, ci/bridge.rb",
        number="CI_PIPELINE_IID", scope="per project", key="{CI_PROJECT_ID}:{CI_PIPELINE_ID}",
        branch="CI_COMMIT_BRANCH CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", tag="CI_COMMIT_TAG",
        pull_request="CI_MERGE_REQUEST_IID CI_EXTERNAL_PULL_REQUEST_IID",
        pull_request_signs="CI_MERGE_REQUEST_EVENT_TYPE|CI_MERGE_REQUEST_REF_PATH"
        "|CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME"
        "|CI_PIPELINE_SOURCE=merge_request_event|CI_PIPELINE_SOURCE=external_pull_request_event",
        commit="CI_COMMIT_SHA", workspace="CI_PROJECT_DIR", repository="CI_PROJECT_PATH", url="{CI_PIPELINE_URL}",
    ),
    Provider(
        "azure", "Azure Pipelines",
        source="microsoft/azure-pipelines-agent ProcessInvoker.cs, Constants.cs; "
        "MicrosoftDocs/azure-devops-docs run-number.md", number="BUILD_BUILDID",
        scope="per organization", key="{SYSTEM_COLLECTIONURI}:{BUILD_BUILDID}", ref="BUILD_SOURCEBRANCH",
        branch="SYSTEM_PULLREQUEST_SOURCEBRANCH",
        pull_request="SYSTEM_PULLREQUEST_PULLREQUESTNUMBER SYSTEM_PULLREQUEST_PULLREQUESTID",
        pull_request_signs="BUILD_REASON=pullrequest|SYSTEM_PULLREQUEST_TARGETBRANCH", commit="BUILD_SOURCEVERSION",
        workspace="BUILD_SOURCESDIRECTORY", repository="BUILD_REPOSITORY_NAME BUILD_REPOSITORY_URI",
        url="{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
    ),
    Provider(
        "circleci", "CircleCI", source="circleci/circleci-docs variables.adoc",
        key="{CIRCLE_WORKFLOW_ID}", branch="CIRCLE_BRANCH", tag="CIRCLE_TAG",
        pull_request="CIRCLE_PR_NUMBER CIRCLE_PULL_REQUEST", commit="CIRCLE_SHA1", workspace="CIRCLE_WORKING_DIRECTORY",
        repository="{CIRCLE_PROJECT_USERNAME}/{CIRCLE_PROJECT_REPONAME} CIRCLE_REPOSITORY_URL",
        url="{CIRCLE_BUILD_URL}", refuse="CIRCLE_BUILD_NUM counts jobs, so that two jobs of one pipeline differ",
        fix="environment: {UNIQVER_BUILD_NUMBER: << pipeline.number >>} in the job in .circleci/config.yml; or "
        + COUNTER,
    ),
    Provider(
        "jenkins", "Jenkins",
        source="jenkinsci/jenkins CoreEnvironmentContributor.java, Run.java; "
        "branch-api-plugin BranchNameContributor.java; git-plugin GitSCM.java; ghprb-plugin GhprbTrigger.java; "
        "gitlab-plugin CauseData.java", number="BUILD_NUMBER", scope="per job",
        key="{JENKINS_URL}:{JOB_NAME}:{BUILD_NUMBER}",
        branch="CHANGE_BRANCH BRANCH_NAME gitlabSourceBranch ghprbSourceBranch GIT_LOCAL_BRANCH GIT_BRANCH",
        tag="TAG_NAME", no_tag_if="BRANCH_NAME", pull_request="CHANGE_ID ghprbPullId gitlabMergeRequestIid",
        pull_request_signs="CHANGE_TARGET|ghprbTargetBranch|ghprbActualCommit"
        "|gitlabMergeRequestLastCommit|gitlabMergeRequestId|gitlabActionType=merge|gitlabActionType=note"
        "|GIT_BRANCH^=pr-|GIT_BRANCH^=origin/pr/|GIT_BRANCH^=origin/pull/|GIT_BRANCH^=origin/merge-requests/",
        may_be_silent=True, commit="GIT_COMMIT", workspace="WORKSPACE", repository="GIT_URL GIT_URL_1",
        url="{BUILD_URL}", refuse="BUILD_NUMBER of a multibranch job counts per branch, so that two branches collide",
        refuse_if="BRANCH_NAME|BRANCH_IS_PRIMARY|TAG_NAME", per_branch=True, fix=_ONE_BRANCH,
    ),
    Provider(
        "buildkite", "Buildkite",
        source="buildkite/agent job_runner.go, bootstrap.go; buildkite/docs issue 187",
        number="BUILDKITE_BUILD_NUMBER", scope="per pipeline", key="{BUILDKITE_BUILD_ID}", branch="BUILDKITE_BRANCH",
        tag="BUILDKITE_TAG", pull_request="BUILDKITE_PULL_REQUEST",
        pull_request_signs="BUILDKITE_PULL_REQUEST_BASE_BRANCH|BUILDKITE_PULL_REQUEST_REPO",
        always="BUILDKITE_PULL_REQUEST", commit="BUILDKITE_COMMIT", workspace="BUILDKITE_BUILD_CHECKOUT_PATH",
        repository="BUILDKITE_REPO", url="{BUILDKITE_BUILD_URL}",
    ),
    Provider(
        "travis", "Travis CI",
        source="travis-ci/travis-build env/builtin.rb; travis-core model/build.rb",
        number="TRAVIS_BUILD_NUMBER", scope="per repository", key="{TRAVIS_REPO_SLUG}:{TRAVIS_BUILD_ID}",
        branch="TRAVIS_PULL_REQUEST_BRANCH TRAVIS_BRANCH", tag="TRAVIS_TAG", pull_request="TRAVIS_PULL_REQUEST",
        pull_request_signs="TRAVIS_EVENT_TYPE=pull_request|TRAVIS_PULL_REQUEST_SHA",
        always="TRAVIS_PULL_REQUEST TRAVIS_TAG", commit="TRAVIS_COMMIT", workspace="TRAVIS_BUILD_DIR",
        repository="TRAVIS_REPO_SLUG", url="{TRAVIS_BUILD_WEB_URL}",
    ),
    Provider(
        "appveyor", "AppVeyor", source="appveyor.com/docs/environment-variables", number="APPVEYOR_BUILD_NUMBER",
        scope="per project", key="{APPVEYOR_PROJECT_ID}:{APPVEYOR_BUILD_ID}",
        branch="APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH APPVEYOR_REPO_BRANCH",
        tag="APPVEYOR_REPO_TAG_NAME?APPVEYOR_REPO_TAG=true", tag_signs="APPVEYOR_REPO_TAG=true|APPVEYOR_REPO_TAG_NAME",
        pull_request="APPVEYOR_PULL_REQUEST_NUMBER",
        pull_request_signs="APPVEYOR_PULL_REQUEST_HEAD_COMMIT|APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME",
        commit="APPVEYOR_REPO_COMMIT", workspace="APPVEYOR_BUILD_FOLDER", repository="APPVEYOR_REPO_NAME",
        url="{APPVEYOR_URL}/project/{APPVEYOR_ACCOUNT_NAME}/{APPVEYOR_PROJECT_SLUG}/builds/{APPVEYOR_BUILD_ID}",
    ),
    # bb-run and bitbucket-pipeline-runner, which count on a laptop, set one of the two in `always` each
    Provider(
        "bitbucket", "Bitbucket Pipelines",
        source="bitbucket.org/blog/bitbucket-pipelines-can-count-builds-numbered, semantic-release/env-ci",
        number="BITBUCKET_BUILD_NUMBER", scope="per repository",
        key="{BITBUCKET_REPO_FULL_NAME}:{BITBUCKET_BUILD_NUMBER}", branch="BITBUCKET_BRANCH", tag="BITBUCKET_TAG",
        pull_request="BITBUCKET_PR_ID",
        pull_request_signs="BITBUCKET_PR_DESTINATION_BRANCH|BITBUCKET_PR_DESTINATION_COMMIT",
        always="BITBUCKET_REPO_FULL_NAME BITBUCKET_GIT_HTTP_ORIGIN", commit="BITBUCKET_COMMIT",
        workspace="BITBUCKET_CLONE_DIR", repository="BITBUCKET_REPO_FULL_NAME",
        url="{BITBUCKET_GIT_HTTP_ORIGIN}/pipelines/results/{BITBUCKET_BUILD_NUMBER}",
    ),
    # reports neither branch nor tag nor pull request; BUILD_NUMBER is free text; a personal build has changes of its own
    Provider(
        "teamcity", "TeamCity", source="jetbrains.com/help/teamcity/predefined-build-parameters.html",
        number="BUILD_NUMBER", scope="per build configuration",
        key="{TEAMCITY_PROJECT_NAME}:{TEAMCITY_BUILDCONF_NAME}:{BUILD_NUMBER}", pull_request_signs="BUILD_IS_PERSONAL",
        may_be_silent=True, commit="BUILD_VCS_NUMBER",
        fix="the parameter env.UNIQVER_BUILD_NUMBER = %build.counter% in the build configuration",
    ),
    _DRONE._replace(
        name="harness", title="Harness CI",
        source="developer.harness.io CI environment variables reference, branch-build-sequence-id; "
        "drone/go-convert convert/drone", scope="per pipeline",
        key="{HARNESS_ACCOUNT_ID}:{HARNESS_PIPELINE_ID}:{HARNESS_BUILD_ID}",
        workspace="HARNESS_WORKSPACE DRONE_WORKSPACE",
    ),
    Provider(
        "woodpecker", "Woodpecker CI",
        source="woodpecker-ci/woodpecker metadata/environment.go, restart.go",
        number="CI_PIPELINE_NUMBER", scope="per repository", key="{CI_REPO}:{CI_PIPELINE_NUMBER}", ref="CI_COMMIT_REF",
        branch="CI_COMMIT_SOURCE_BRANCH CI_COMMIT_BRANCH", tag="CI_COMMIT_TAG", tag_signs="CI_PIPELINE_EVENT=tag",
        pull_request="CI_COMMIT_PULL_REQUEST",
        pull_request_signs="CI_PIPELINE_EVENT^=pull_request|CI_COMMIT_SOURCE_BRANCH", commit="CI_COMMIT_SHA",
        workspace="CI_WORKSPACE", repository="CI_REPO", url="{CI_PIPELINE_URL}",
    ),
    _DRONE,
    Provider(
        "vela", "Vela",
        source="go-vela/server types/build.go, native/environment.go, build/create.go",
        number="VELA_BUILD_NUMBER", scope="per repository", key="{VELA_REPO_FULL_NAME}:{VELA_BUILD_NUMBER}",
        ref="VELA_BUILD_REF", branch="VELA_PULL_REQUEST_SOURCE VELA_BUILD_BRANCH", tag="VELA_BUILD_TAG",
        tag_signs="VELA_BUILD_EVENT=tag", pull_request="VELA_BUILD_PULL_REQUEST VELA_PULL_REQUEST",
        pull_request_signs="VELA_BUILD_EVENT=pull_request|VELA_BUILD_EVENT=comment", commit="VELA_BUILD_COMMIT",
        workspace="VELA_BUILD_WORKSPACE VELA_WORKSPACE", repository="VELA_REPO_FULL_NAME", url="{VELA_BUILD_LINK}",
    ),
    Provider(
        "semaphore", "Semaphore CI",
        source="semaphoreci/semaphore env-vars.md, pull request 710",
        key="{SEMAPHORE_WORKFLOW_ID}", branch="SEMAPHORE_GIT_PR_BRANCH SEMAPHORE_GIT_BRANCH",
        tag="SEMAPHORE_GIT_TAG_NAME", tag_signs="SEMAPHORE_GIT_REF_TYPE=tag", pull_request="SEMAPHORE_GIT_PR_NUMBER",
        pull_request_signs="SEMAPHORE_GIT_REF_TYPE=pull-request", commit="SEMAPHORE_GIT_SHA",
        workspace="SEMAPHORE_GIT_DIR", repository="SEMAPHORE_GIT_REPO_SLUG",
        refuse="SEMAPHORE_WORKFLOW_NUMBER starts again for each branch, tag and pull request, so that they collide",
        fix=COUNTER + "; or a number of the whole project: export UNIQVER_BUILD_NUMBER=N in the job's commands",
    ),
    Provider(
        "codebuild", "AWS CodeBuild",
        source="docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html",
        number="CODEBUILD_BUILD_NUMBER", scope="per project", key="{CODEBUILD_BUILD_ARN}",
        ref="CODEBUILD_WEBHOOK_HEAD_REF", tag="CODEBUILD_WEBHOOK_TRIGGER^=tag/",
        tag_signs="CODEBUILD_WEBHOOK_TRIGGER^=tag/", no_tag_if="CODEBUILD_WEBHOOK_TRIGGER",
        pull_request="CODEBUILD_WEBHOOK_TRIGGER^=pr/",
        pull_request_signs="CODEBUILD_WEBHOOK_EVENT^=pull_request|CODEBUILD_SOURCE_VERSION^=pr/", may_be_silent=True,
        commit="CODEBUILD_RESOLVED_SOURCE_VERSION", workspace="CODEBUILD_SRC_DIR",
        repository="CODEBUILD_SOURCE_REPO_URL", url="{CODEBUILD_PUBLIC_BUILD_URL}",
        refuse="each build of a batch counts for itself, so that the builds of one batch differ",
        refuse_if="CODEBUILD_BATCH_BUILD_IDENTIFIER",
        fix="uniqver allocate in one build of the batch, and its version "
        "as UNIQVER_VERSION in the others (exported-variables)",
    ),
    Provider(
        "bitrise", "Bitrise",
        source="docs.bitrise.io available-environment-variables, build-numbering-and-app-versioning",
        number="BITRISE_BUILD_NUMBER", scope="per app", key="{BITRISE_APP_SLUG}:{BITRISE_BUILD_SLUG}",
        branch="BITRISE_GIT_BRANCH", tag="BITRISE_GIT_TAG", pull_request="BITRISE_PULL_REQUEST",
        pull_request_signs="BITRISEIO_GIT_BRANCH_DEST|PR=true", commit="BITRISE_GIT_COMMIT GIT_CLONE_COMMIT_HASH",
        workspace="BITRISE_SOURCE_DIR",
        repository="{BITRISEIO_GIT_REPOSITORY_OWNER}/{BITRISEIO_GIT_REPOSITORY_SLUG} GIT_REPOSITORY_URL",
        url="{BITRISE_BUILD_URL}",
    ),
    # BUILD_NUMBER counts per workflow
    Provider(
        "codemagic", "Codemagic", source="docs.codemagic.io building/build-versioning, watson/ci-info vendors.json",
        number="PROJECT_BUILD_NUMBER", scope="per app", key="{CM_PROJECT_ID}:{CM_BUILD_ID}", branch="CM_BRANCH",
        tag="CM_TAG", pull_request="CM_PULL_REQUEST_NUMBER", pull_request_signs="CM_PULL_REQUEST|CM_PULL_REQUEST_DEST",
        commit="CM_COMMIT", workspace="CM_BUILD_DIR", repository="CM_REPO_SLUG",
    ),
    Provider(
        "xcode-cloud", "Xcode Cloud",
        source="developer.apple.com/documentation/xcode/environment-variable-reference, "
        "setting-the-next-build-number-for-xcode-cloud-builds; developer.apple.com/forums/thread/723539",
        number="CI_BUILD_NUMBER", scope="per product", key="{CI_BUILD_ID}",
        branch="CI_PULL_REQUEST_SOURCE_BRANCH CI_BRANCH", tag="CI_TAG", pull_request="CI_PULL_REQUEST_NUMBER",
        pull_request_signs="CI_PULL_REQUEST_TARGET_BRANCH|CI_PULL_REQUEST_SOURCE_COMMIT", commit="CI_COMMIT",
        workspace="CI_PRIMARY_REPOSITORY_PATH", url="{CI_BUILD_URL}",
    ),
    Provider(
        "buddy", "Buddy", source="buddy.works/docs/pipelines/variables/default-variables, semantic-release/env-ci",
        unconfirmed="that BUDDY_EXECUTION_ID is a number that counts per pipeline", number="BUDDY_EXECUTION_ID",
        scope="per pipeline", key="{BUDDY_WORKSPACE_ID}:{BUDDY_PIPELINE_ID}:{BUDDY_EXECUTION_ID}",
        branch="BUDDY_EXECUTION_PULL_REQUEST_HEAD_BRANCH BUDDY_RUN_BRANCH BUDDY_EXECUTION_BRANCH",
        tag="BUDDY_RUN_TAG BUDDY_EXECUTION_TAG",
        pull_request="BUDDY_RUN_PR_NO BUDDY_EXECUTION_PULL_REQUEST_NO BUDDY_EXECUTION_PULL_REQUEST_ID",
        pull_request_signs="BUDDY_EXECUTION_PULL_REQUEST_BASE_BRANCH|BUDDY_RUN_PR_BASE_BRANCH",
        commit="BUDDY_RUN_COMMIT BUDDY_EXECUTION_REVISION", repository="BUDDY_REPO_SLUG", url="{BUDDY_EXECUTION_URL}",
    ),
    Provider(
        "bamboo", "Bamboo", source="confluence.atlassian.com Bamboo variables",
        unconfirmed="that a plan branch has a plan key, and so a count, of its own: users say so",
        number="bamboo_buildNumber", scope="per plan (each plan branch is a plan of its own)",
        key="{bamboo_planKey}:{bamboo_buildNumber}",
        branch="bamboo_planRepository_branchName bamboo_planRepository_1_branchName",
        pull_request="bamboo_repository_pr_key", pull_request_signs="bamboo_repository_pr_targetBranch",
        commit="bamboo_planRepository_revision bamboo_planRepository_1_revision",
        workspace="bamboo_build_working_directory", repository="bamboo_planRepository_repositoryUrl",
        url="{bamboo_resultsUrl}",
        refuse="each plan branch is a plan that counts bamboo_buildNumber for itself, so that two branches collide",
        per_branch=True, fix=_ONE_BRANCH,
    ),
    # with several materials, or a named one, each variable has the name behind it: nothing is known of the commit
    Provider(
        "gocd", "GoCD", source="gocd/gocd JobIdentifier.java, ScmMaterial.java, GitMaterial.java",
        number="GO_PIPELINE_COUNTER", scope="per pipeline", attempt="GO_STAGE_COUNTER",
        key="{GO_SERVER_URL}:{GO_PIPELINE_NAME}:{GO_PIPELINE_COUNTER}", branch="GO_MATERIAL_BRANCH", may_be_silent=True,
        commit="GO_REVISION", repository="GO_MATERIAL_URL",
    ),
)
PROVIDERS = {row.name: row for row in _ROWS}
