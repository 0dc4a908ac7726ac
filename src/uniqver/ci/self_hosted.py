"""CI systems that people run on servers of their own: a row each, with where it was read."""

from __future__ import annotations

from typing import Final

from uniqver.ci.provider import Provider
from uniqver.ci.refused import COUNTER

_ONE_BRANCH = f"{COUNTER}; or, if one branch alone publishes: branches = {{main = {{source = 'ci'}}}} there"

# JENKINS_URL and BUILD_URL are there only if the server was told its address; JENKINS_HOME and BUILD_TAG always.
JENKINS: Final = Provider(
    name="jenkins",
    title="Jenkins",
    detect=("JENKINS_URL|HUDSON_URL|JENKINS_HOME|HUDSON_HOME|BUILD_TAG^=jenkins-", "BUILD_ID|BUILD_TAG^=jenkins-"),
    source="jenkinsci/jenkins jenkins/model/CoreEnvironmentContributor.java, hudson/model/Run.java; jenkinsci/"
    "branch-api-plugin BranchNameContributor.java; git-plugin GitSCM.java; ghprb-plugin GhprbTrigger.java; "
    "gitlab-plugin CauseData.java, 2026-11-24",
    number="BUILD_NUMBER",
    scope="per job",
    key="{JENKINS_URL}:{JOB_NAME}:{BUILD_NUMBER}",
    branch=(
        "CHANGE_BRANCH",
        "BRANCH_NAME",
        "gitlabSourceBranch",
        "ghprbSourceBranch",
        "GIT_LOCAL_BRANCH",
        "GIT_BRANCH",
    ),
    tag=("TAG_NAME",),
    pull_request=("CHANGE_ID", "ghprbPullId", "gitlabMergeRequestIid"),
    pull_request_signs=(
        "CHANGE_TARGET|ghprbTargetBranch|ghprbActualCommit",
        "gitlabMergeRequestLastCommit|gitlabMergeRequestId|gitlabActionType=merge|gitlabActionType=note",
        "GIT_BRANCH^=pr-|GIT_BRANCH^=origin/pr/|GIT_BRANCH^=origin/pull/|GIT_BRANCH^=origin/merge-requests/",
    ),
    may_be_silent=True,
    commit=("GIT_COMMIT",),
    workspace=("WORKSPACE",),
    repository=("GIT_URL", "GIT_URL_1"),
    url="{BUILD_URL}",
    refuse="BUILD_NUMBER of a multibranch job counts per branch, so that two branches collide",
    refuse_if="BRANCH_NAME|BRANCH_IS_PRIMARY|TAG_NAME",
    per_branch=True,
    no_tag_if="BRANCH_NAME",  # only multibranch jobs set TAG_NAME
    fix=_ONE_BRANCH,
)
BUILDKITE: Final = Provider(
    name="buildkite",
    title="Buildkite",
    detect=("BUILDKITE",),
    source="buildkite/agent agent/job_runner.go, clicommand/bootstrap.go, 2026-11-24",
    unconfirmed="that BUILDKITE_BUILD_NUMBER counts per pipeline",
    number="BUILDKITE_BUILD_NUMBER",
    scope="per pipeline",
    key="{BUILDKITE_BUILD_ID}",
    branch=("BUILDKITE_BRANCH",),
    tag=("BUILDKITE_TAG",),
    pull_request=("BUILDKITE_PULL_REQUEST",),
    pull_request_signs=("BUILDKITE_PULL_REQUEST_BASE_BRANCH|BUILDKITE_PULL_REQUEST_REPO",),
    always=("BUILDKITE_PULL_REQUEST",),
    commit=("BUILDKITE_COMMIT",),
    workspace=("BUILDKITE_BUILD_CHECKOUT_PATH",),
    repository=("BUILDKITE_REPO",),
    url="{BUILDKITE_BUILD_URL}",
)
# Says neither branch nor tag nor pull request: only configuration parameters do, and they are not in the environment.
TEAMCITY: Final = Provider(
    name="teamcity",
    title="TeamCity",
    detect=("TEAMCITY_VERSION",),
    source="jetbrains.com/help/teamcity/predefined-build-parameters.html, 2026-11-24",
    number="BUILD_NUMBER",  # free text: one that isn't all digits is refused where it is read
    fix="the parameter env.UNIQVER_BUILD_NUMBER = %build.counter% in the build configuration",
    scope="per build configuration",
    key="{TEAMCITY_PROJECT_NAME}:{TEAMCITY_BUILDCONF_NAME}:{BUILD_NUMBER}",
    pull_request_signs=("BUILD_IS_PERSONAL",),  # a personal build has changes that no commit has
    may_be_silent=True,
    commit=("BUILD_VCS_NUMBER",),
)
DRONE: Final = Provider(
    name="drone",
    title="Drone CI",
    detect=("DRONE",),
    source="drone/runner-go environ/environ.go, drone/drone store/repos/repos.go, 2026-11-24",
    number="DRONE_BUILD_NUMBER",
    scope="per repository",
    key="{DRONE_REPO}:{DRONE_BUILD_NUMBER}",
    ref="DRONE_COMMIT_REF",
    branch=("DRONE_SOURCE_BRANCH", "DRONE_COMMIT_BRANCH", "DRONE_BRANCH"),
    tag=("DRONE_TAG",),
    tag_signs=("DRONE_BUILD_EVENT=tag",),
    pull_request=("DRONE_PULL_REQUEST",),
    pull_request_signs=("DRONE_BUILD_EVENT=pull_request",),
    commit=("DRONE_COMMIT_SHA", "DRONE_COMMIT"),
    workspace=("DRONE_WORKSPACE",),
    repository=("DRONE_REPO", "DRONE_REPO_LINK"),
    url="{DRONE_BUILD_LINK}",
)
HARNESS: Final = DRONE._replace(  # sets Drone's variables
    name="harness",
    title="Harness CI",
    detect=("HARNESS_BUILD_ID|HARNESS_PIPELINE_ID|HARNESS_ACCOUNT_ID|HARNESS_EXECUTION_ID",),
    source="developer.harness.io CI environment variables reference, drone/go-convert convert/drone, 2026-11-24",
    unconfirmed="that pipeline.sequenceId, which DRONE_BUILD_NUMBER holds, counts per pipeline",
    scope="per pipeline",
    key="{HARNESS_ACCOUNT_ID}:{HARNESS_PIPELINE_ID}:{HARNESS_BUILD_ID}",
    workspace=("HARNESS_WORKSPACE", "DRONE_WORKSPACE"),
)
WOODPECKER: Final = Provider(
    name="woodpecker",
    title="Woodpecker CI",
    detect=("CI=woodpecker|CI_SYSTEM_NAME=woodpecker",),
    source="woodpecker-ci/woodpecker pipeline/frontend/metadata/environment.go, server/pipeline/restart.go, 2026-11-24",
    number="CI_PIPELINE_NUMBER",  # 0 under `woodpecker-cli exec`
    scope="per repository",
    key="{CI_REPO}:{CI_PIPELINE_NUMBER}",
    ref="CI_COMMIT_REF",
    branch=("CI_COMMIT_SOURCE_BRANCH", "CI_COMMIT_BRANCH"),
    tag=("CI_COMMIT_TAG",),
    tag_signs=("CI_PIPELINE_EVENT=tag",),
    pull_request=("CI_COMMIT_PULL_REQUEST",),
    pull_request_signs=("CI_PIPELINE_EVENT^=pull_request", "CI_COMMIT_SOURCE_BRANCH"),
    commit=("CI_COMMIT_SHA",),
    workspace=("CI_WORKSPACE",),
    repository=("CI_REPO",),
    url="{CI_PIPELINE_URL}",
)
VELA: Final = Provider(
    name="vela",
    title="Vela",
    detect=("VELA|VELA_BUILD_NUMBER",),
    source="go-vela/server api/types/build.go, compiler/native/environment.go, database/build/create.go, 2026-11-24",
    number="VELA_BUILD_NUMBER",
    scope="per repository",
    key="{VELA_REPO_FULL_NAME}:{VELA_BUILD_NUMBER}",
    ref="VELA_BUILD_REF",
    branch=("VELA_PULL_REQUEST_SOURCE", "VELA_BUILD_BRANCH"),
    tag=("VELA_BUILD_TAG",),
    tag_signs=("VELA_BUILD_EVENT=tag",),
    pull_request=("VELA_BUILD_PULL_REQUEST", "VELA_PULL_REQUEST"),
    pull_request_signs=("VELA_BUILD_EVENT=pull_request|VELA_BUILD_EVENT=comment",),
    commit=("VELA_BUILD_COMMIT",),
    workspace=("VELA_BUILD_WORKSPACE", "VELA_WORKSPACE"),
    repository=("VELA_REPO_FULL_NAME",),
    url="{VELA_BUILD_LINK}",
)
BAMBOO: Final = Provider(
    name="bamboo",
    title="Bamboo",
    detect=("bamboo_planKey|bamboo_buildKey",),
    source="confluence.atlassian.com Bamboo variables, 2026-11-24",
    unconfirmed="that each plan branch counts for itself",
    number="bamboo_buildNumber",
    scope="per plan (each plan branch is a plan of its own)",
    refuse="each plan branch is a plan that counts bamboo_buildNumber for itself, so that two branches collide",
    per_branch=True,
    fix=_ONE_BRANCH,
    key="{bamboo_planKey}:{bamboo_buildNumber}",
    branch=("bamboo_planRepository_branchName", "bamboo_planRepository_1_branchName"),
    pull_request=("bamboo_repository_pr_key",),
    pull_request_signs=("bamboo_repository_pr_targetBranch",),
    commit=("bamboo_planRepository_revision", "bamboo_planRepository_1_revision"),
    workspace=("bamboo_build_working_directory",),
    repository=("bamboo_planRepository_repositoryUrl",),
    url="{bamboo_resultsUrl}",
)
# With more than one material, or a named one, each variable has the name behind it, and nothing is known of the commit.
GOCD: Final = Provider(
    name="gocd",
    title="GoCD",
    detect=("GO_PIPELINE_LABEL|GO_PIPELINE_COUNTER",),
    source="gocd/gocd domain/JobIdentifier.java, ScmMaterial.java, GitMaterial.java, 2026-11-24",
    number="GO_PIPELINE_COUNTER",
    scope="per pipeline",
    attempt="GO_STAGE_COUNTER",
    key="{GO_SERVER_URL}:{GO_PIPELINE_NAME}:{GO_PIPELINE_COUNTER}",
    branch=("GO_MATERIAL_BRANCH",),
    may_be_silent=True,
    commit=("GO_REVISION",),
    repository=("GO_MATERIAL_URL",),
)
