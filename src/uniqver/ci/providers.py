"""The table of CI systems: a row each, with where it was read."""

from __future__ import annotations

from uniqver.ci import COUNTER
from uniqver.ci.run import Provider

READ = "2026-11-24"  # when the sources of all rows were read last
_ONE_BRANCH = f"{COUNTER}; or, if one branch alone publishes: branches = {{main = {{source = 'ci'}}}} there"
_OWN = f"{COUNTER}; or a number of your own: "

# fmt: off
# see run.py for GITHUB_RUN_NUMBER, which counts per workflow file; of pull_request_target GITHUB_REF is the base
# branch and GITHUB_SHA its commit: a pull request's run all the same
_GITHUB = Provider(
    "github", "GitHub Actions", number="GITHUB_RUN_ID", scope="per repository", attempt="GITHUB_RUN_ATTEMPT",
    ref="GITHUB_REF", branch="GITHUB_HEAD_REF", tag_if="GITHUB_REF_TYPE=tag", pull_request="GITHUB_HEAD_REF",
    pull_request_if="GITHUB_EVENT_NAME^=pull_request", always="GITHUB_SHA", commit="GITHUB_SHA",
    workspace="GITHUB_WORKSPACE", repository="GITHUB_REPOSITORY",
    url="{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
    key="{GITHUB_REPOSITORY}:{GITHUB_RUN_ID}", source="actions/runner GitHubContext.cs",
)
# Gitea's runner and Forgejo's set ACT=true too, count attempts of a job, and may leave the attempt empty
_FORGEJO = _GITHUB._replace(
    name="forgejo", title="Forgejo Actions", number="GITHUB_RUN_NUMBER", first_attempt="1",
    url="{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_NUMBER}",
    source="forgejo/runner runner.go, run_context.go",
)
_DRONE = Provider(
    "drone", "Drone CI", number="DRONE_BUILD_NUMBER", scope="per repository", ref="DRONE_COMMIT_REF",
    branch="DRONE_SOURCE_BRANCH DRONE_COMMIT_BRANCH DRONE_BRANCH", tag="DRONE_TAG", tag_if="DRONE_BUILD_EVENT=tag",
    pull_request="DRONE_PULL_REQUEST", pull_request_if="DRONE_BUILD_EVENT=pull_request",
    commit="DRONE_COMMIT_SHA DRONE_COMMIT", workspace="DRONE_WORKSPACE", repository="DRONE_REPO DRONE_REPO_LINK",
    url="{DRONE_BUILD_LINK}", key="{DRONE_REPO}:{DRONE_BUILD_NUMBER}",
    source="drone/runner-go environ.go, drone/drone repos.go",
)
PROVIDERS = {row.name: row for row in (
    _FORGEJO,
    _FORGEJO._replace(name="gitea", title="Gitea Actions", source="gitea/runner runner.go, run_context.go"),
    Provider("act", "act", source="nektos/act run_context.go", local=True),  # every number is 1
    _GITHUB,
    # a child pipeline has an IID of its own, of the same count: its version is another one, and no less unique
    Provider(
        "gitlab", "GitLab CI", number="CI_PIPELINE_IID", scope="per project",
        branch="CI_COMMIT_BRANCH CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", tag="CI_COMMIT_TAG",
        pull_request="CI_MERGE_REQUEST_IID CI_EXTERNAL_PULL_REQUEST_IID", pull_request_if="CI_MERGE_REQUEST_EVENT_TYPE"
        "|CI_MERGE_REQUEST_REF_PATH|CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME|CI_PIPELINE_SOURCE=merge_request_event"
        "|CI_PIPELINE_SOURCE=external_pull_request_event", commit="CI_COMMIT_SHA", workspace="CI_PROJECT_DIR",
        repository="CI_PROJECT_PATH", url="{CI_PIPELINE_URL}", key="{CI_PROJECT_ID}:{CI_PIPELINE_ID}",
        source="gitlabhq/gitlabhq variables/builder/pipeline.rb, ci/bridge.rb",
    ),
    Provider(
        "azure", "Azure Pipelines", number="BUILD_BUILDID", scope="per organization", ref="BUILD_SOURCEBRANCH",
        branch="SYSTEM_PULLREQUEST_SOURCEBRANCH",
        pull_request="SYSTEM_PULLREQUEST_PULLREQUESTNUMBER SYSTEM_PULLREQUEST_PULLREQUESTID",
        pull_request_if="BUILD_REASON=pullrequest|SYSTEM_PULLREQUEST_TARGETBRANCH", commit="BUILD_SOURCEVERSION",
        workspace="BUILD_SOURCESDIRECTORY", repository="BUILD_REPOSITORY_NAME BUILD_REPOSITORY_URI",
        url="{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
        key="{SYSTEM_COLLECTIONURI}:{BUILD_BUILDID}", source="microsoft/azure-pipelines-agent ProcessInvoker.cs, "
        "Constants.cs; MicrosoftDocs/azure-devops-docs run-number.md",
    ),
    Provider(
        "circleci", "CircleCI", branch="CIRCLE_BRANCH", tag="CIRCLE_TAG",
        pull_request="CIRCLE_PR_NUMBER CIRCLE_PULL_REQUEST", commit="CIRCLE_SHA1", workspace="CIRCLE_WORKING_DIRECTORY",
        repository="{CIRCLE_PROJECT_USERNAME}/{CIRCLE_PROJECT_REPONAME} CIRCLE_REPOSITORY_URL",
        url="{CIRCLE_BUILD_URL}", refuse="CIRCLE_BUILD_NUM counts jobs, so that two jobs of one pipeline differ",
        fix="environment: {UNIQVER_BUILD_NUMBER: << pipeline.number >>} in the job in .circleci/config.yml; or "
        + COUNTER, key="{CIRCLE_WORKFLOW_ID}", source="circleci/circleci-docs variables.adoc",
    ),
    Provider(
        "jenkins", "Jenkins", number="BUILD_NUMBER", scope="per job",
        branch="CHANGE_BRANCH BRANCH_NAME gitlabSourceBranch ghprbSourceBranch GIT_LOCAL_BRANCH GIT_BRANCH",
        tag="TAG_NAME", no_tag_if="BRANCH_NAME", pull_request="CHANGE_ID ghprbPullId gitlabMergeRequestIid",
        pull_request_if="CHANGE_TARGET|ghprbTargetBranch|ghprbActualCommit|gitlabMergeRequestLastCommit"
        "|gitlabMergeRequestId|gitlabActionType=merge|gitlabActionType=note|GIT_BRANCH^=pr-|GIT_BRANCH^=origin/pr/"
        "|GIT_BRANCH^=origin/pull/|GIT_BRANCH^=origin/merge-requests/", may_be_silent=True, commit="GIT_COMMIT",
        workspace="WORKSPACE", repository="GIT_URL GIT_URL_1", url="{BUILD_URL}",
        refuse="BUILD_NUMBER of a multibranch job counts per branch, so that two branches collide",
        refuse_if="BRANCH_NAME|BRANCH_IS_PRIMARY|TAG_NAME", per_branch=True, fix=_ONE_BRANCH,
        key="{JENKINS_URL}:{JOB_NAME}:{BUILD_NUMBER}", source="jenkinsci/jenkins CoreEnvironmentContributor.java, "
        "Run.java; branch-api-plugin BranchNameContributor.java; git-plugin GitSCM.java; ghprb-plugin "
        "GhprbTrigger.java; gitlab-plugin CauseData.java",
    ),
    Provider(
        "buildkite", "Buildkite", number="BUILDKITE_BUILD_NUMBER", scope="per pipeline", branch="BUILDKITE_BRANCH",
        tag="BUILDKITE_TAG", pull_request="BUILDKITE_PULL_REQUEST",
        pull_request_if="BUILDKITE_PULL_REQUEST_BASE_BRANCH|BUILDKITE_PULL_REQUEST_REPO",
        always="BUILDKITE_PULL_REQUEST", commit="BUILDKITE_COMMIT", workspace="BUILDKITE_BUILD_CHECKOUT_PATH",
        repository="BUILDKITE_REPO", url="{BUILDKITE_BUILD_URL}", key="{BUILDKITE_BUILD_ID}",
        source="buildkite/agent job_runner.go, bootstrap.go; buildkite/docs issue 187",
    ),
    Provider(
        "travis", "Travis CI", number="TRAVIS_BUILD_NUMBER", scope="per repository",
        branch="TRAVIS_PULL_REQUEST_BRANCH TRAVIS_BRANCH", tag="TRAVIS_TAG", pull_request="TRAVIS_PULL_REQUEST",
        pull_request_if="TRAVIS_EVENT_TYPE=pull_request|TRAVIS_PULL_REQUEST_SHA",
        always="TRAVIS_PULL_REQUEST TRAVIS_TAG", commit="TRAVIS_COMMIT", workspace="TRAVIS_BUILD_DIR",
        repository="TRAVIS_REPO_SLUG", url="{TRAVIS_BUILD_WEB_URL}", key="{TRAVIS_REPO_SLUG}:{TRAVIS_BUILD_ID}",
        source="travis-ci/travis-build env/builtin.rb; travis-core model/build.rb",
    ),
    Provider(
        "appveyor", "AppVeyor", number="APPVEYOR_BUILD_NUMBER", scope="per project",
        branch="APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH APPVEYOR_REPO_BRANCH",
        tag="APPVEYOR_REPO_TAG_NAME?APPVEYOR_REPO_TAG=true", tag_if="APPVEYOR_REPO_TAG=true|APPVEYOR_REPO_TAG_NAME",
        pull_request="APPVEYOR_PULL_REQUEST_NUMBER",
        pull_request_if="APPVEYOR_PULL_REQUEST_HEAD_COMMIT|APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME",
        commit="APPVEYOR_REPO_COMMIT", workspace="APPVEYOR_BUILD_FOLDER", repository="APPVEYOR_REPO_NAME",
        url="{APPVEYOR_URL}/project/{APPVEYOR_ACCOUNT_NAME}/{APPVEYOR_PROJECT_SLUG}/builds/{APPVEYOR_BUILD_ID}",
        key="{APPVEYOR_PROJECT_ID}:{APPVEYOR_BUILD_ID}", source="appveyor.com/docs/environment-variables",
    ),
    # bb-run and bitbucket-pipeline-runner, which count on a laptop, set one of the two in `always` each
    Provider(
        "bitbucket", "Bitbucket Pipelines", number="BITBUCKET_BUILD_NUMBER", scope="per repository",
        branch="BITBUCKET_BRANCH", tag="BITBUCKET_TAG", pull_request="BITBUCKET_PR_ID",
        pull_request_if="BITBUCKET_PR_DESTINATION_BRANCH|BITBUCKET_PR_DESTINATION_COMMIT",
        always="BITBUCKET_REPO_FULL_NAME BITBUCKET_GIT_HTTP_ORIGIN", commit="BITBUCKET_COMMIT",
        workspace="BITBUCKET_CLONE_DIR", repository="BITBUCKET_REPO_FULL_NAME",
        url="{BITBUCKET_GIT_HTTP_ORIGIN}/pipelines/results/{BITBUCKET_BUILD_NUMBER}",
        key="{BITBUCKET_REPO_FULL_NAME}:{BITBUCKET_BUILD_NUMBER}",
        source="bitbucket.org/blog/bitbucket-pipelines-can-count-builds-numbered, semantic-release/env-ci",
    ),
    # reports neither branch nor tag nor pull request; BUILD_NUMBER is free text; a personal build has changes of its own
    Provider(
        "teamcity", "TeamCity", number="BUILD_NUMBER", scope="per build configuration",
        pull_request_if="BUILD_IS_PERSONAL", may_be_silent=True, commit="BUILD_VCS_NUMBER",
        fix="the parameter env.UNIQVER_BUILD_NUMBER = %build.counter% in the build configuration",
        key="{TEAMCITY_PROJECT_NAME}:{TEAMCITY_BUILDCONF_NAME}:{BUILD_NUMBER}",
        source="jetbrains.com/help/teamcity/predefined-build-parameters.html",
    ),
    _DRONE._replace(
        name="harness", title="Harness CI", scope="per pipeline", workspace="HARNESS_WORKSPACE DRONE_WORKSPACE",
        key="{HARNESS_ACCOUNT_ID}:{HARNESS_PIPELINE_ID}:{HARNESS_BUILD_ID}", source="developer.harness.io CI "
        "environment variables reference, branch-build-sequence-id; drone/go-convert convert/drone",
    ),
    Provider(
        "woodpecker", "Woodpecker CI", number="CI_PIPELINE_NUMBER", scope="per repository", ref="CI_COMMIT_REF",
        branch="CI_COMMIT_SOURCE_BRANCH CI_COMMIT_BRANCH", tag="CI_COMMIT_TAG", tag_if="CI_PIPELINE_EVENT=tag",
        pull_request="CI_COMMIT_PULL_REQUEST",
        pull_request_if="CI_PIPELINE_EVENT^=pull_request|CI_COMMIT_SOURCE_BRANCH", commit="CI_COMMIT_SHA",
        workspace="CI_WORKSPACE", repository="CI_REPO", url="{CI_PIPELINE_URL}", key="{CI_REPO}:{CI_PIPELINE_NUMBER}",
        source="woodpecker-ci/woodpecker metadata/environment.go, restart.go",
    ),
    _DRONE,
    Provider(
        "vela", "Vela", number="VELA_BUILD_NUMBER", scope="per repository", ref="VELA_BUILD_REF",
        branch="VELA_PULL_REQUEST_SOURCE VELA_BUILD_BRANCH", tag="VELA_BUILD_TAG", tag_if="VELA_BUILD_EVENT=tag",
        pull_request="VELA_BUILD_PULL_REQUEST VELA_PULL_REQUEST",
        pull_request_if="VELA_BUILD_EVENT=pull_request|VELA_BUILD_EVENT=comment", commit="VELA_BUILD_COMMIT",
        workspace="VELA_BUILD_WORKSPACE VELA_WORKSPACE", repository="VELA_REPO_FULL_NAME", url="{VELA_BUILD_LINK}",
        key="{VELA_REPO_FULL_NAME}:{VELA_BUILD_NUMBER}",
        source="go-vela/server types/build.go, native/environment.go, build/create.go",
    ),
    Provider(
        "semaphore", "Semaphore CI", branch="SEMAPHORE_GIT_PR_BRANCH SEMAPHORE_GIT_BRANCH",
        tag="SEMAPHORE_GIT_TAG_NAME", tag_if="SEMAPHORE_GIT_REF_TYPE=tag", pull_request="SEMAPHORE_GIT_PR_NUMBER",
        pull_request_if="SEMAPHORE_GIT_REF_TYPE=pull-request", commit="SEMAPHORE_GIT_SHA",
        workspace="SEMAPHORE_GIT_DIR", repository="SEMAPHORE_GIT_REPO_SLUG",
        refuse="SEMAPHORE_WORKFLOW_NUMBER starts again for each branch, tag and pull request, so that they collide",
        fix=COUNTER + "; or a number of the whole project: export UNIQVER_BUILD_NUMBER=N in the job's commands",
        key="{SEMAPHORE_WORKFLOW_ID}", source="semaphoreci/semaphore env-vars.md, pull request 710",
    ),
    Provider(
        "codebuild", "AWS CodeBuild", number="CODEBUILD_BUILD_NUMBER", scope="per project",
        ref="CODEBUILD_WEBHOOK_HEAD_REF", tag="CODEBUILD_WEBHOOK_TRIGGER^=tag/",
        tag_if="CODEBUILD_WEBHOOK_TRIGGER^=tag/", no_tag_if="CODEBUILD_WEBHOOK_TRIGGER",
        pull_request="CODEBUILD_WEBHOOK_TRIGGER^=pr/",
        pull_request_if="CODEBUILD_WEBHOOK_EVENT^=pull_request|CODEBUILD_SOURCE_VERSION^=pr/", may_be_silent=True,
        commit="CODEBUILD_RESOLVED_SOURCE_VERSION", workspace="CODEBUILD_SRC_DIR",
        repository="CODEBUILD_SOURCE_REPO_URL", url="{CODEBUILD_PUBLIC_BUILD_URL}",
        refuse="each build of a batch counts for itself, so that the builds of one batch differ",
        refuse_if="CODEBUILD_BATCH_BUILD_IDENTIFIER", fix="uniqver allocate in one build of the batch, and its "
        "version as UNIQVER_VERSION in the others (exported-variables)", key="{CODEBUILD_BUILD_ARN}",
        source="docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html",
    ),
    Provider(
        "bitrise", "Bitrise", number="BITRISE_BUILD_NUMBER", scope="per app", branch="BITRISE_GIT_BRANCH",
        tag="BITRISE_GIT_TAG", pull_request="BITRISE_PULL_REQUEST", pull_request_if="BITRISEIO_GIT_BRANCH_DEST|PR=true",
        commit="BITRISE_GIT_COMMIT GIT_CLONE_COMMIT_HASH", workspace="BITRISE_SOURCE_DIR",
        repository="{BITRISEIO_GIT_REPOSITORY_OWNER}/{BITRISEIO_GIT_REPOSITORY_SLUG} GIT_REPOSITORY_URL",
        url="{BITRISE_BUILD_URL}", key="{BITRISE_APP_SLUG}:{BITRISE_BUILD_SLUG}",
        source="docs.bitrise.io available-environment-variables, build-numbering-and-app-versioning",
    ),
    # BUILD_NUMBER counts per workflow
    Provider(
        "codemagic", "Codemagic", number="PROJECT_BUILD_NUMBER", scope="per app", branch="CM_BRANCH", tag="CM_TAG",
        pull_request="CM_PULL_REQUEST_NUMBER", pull_request_if="CM_PULL_REQUEST|CM_PULL_REQUEST_DEST",
        commit="CM_COMMIT", workspace="CM_BUILD_DIR", repository="CM_REPO_SLUG", key="{CM_PROJECT_ID}:{CM_BUILD_ID}",
        source="docs.codemagic.io building/build-versioning, watson/ci-info vendors.json",
    ),
    Provider(
        "xcode-cloud", "Xcode Cloud", number="CI_BUILD_NUMBER", scope="per product",
        branch="CI_PULL_REQUEST_SOURCE_BRANCH CI_BRANCH", tag="CI_TAG", pull_request="CI_PULL_REQUEST_NUMBER",
        pull_request_if="CI_PULL_REQUEST_TARGET_BRANCH|CI_PULL_REQUEST_SOURCE_COMMIT", commit="CI_COMMIT",
        workspace="CI_PRIMARY_REPOSITORY_PATH", url="{CI_BUILD_URL}", key="{CI_BUILD_ID}",
        source="developer.apple.com/documentation/xcode/environment-variable-reference, "
        "setting-the-next-build-number-for-xcode-cloud-builds; developer.apple.com/forums/thread/723539",
    ),
    Provider(
        "buddy", "Buddy", unconfirmed="that BUDDY_EXECUTION_ID is a number that counts per pipeline",
        number="BUDDY_EXECUTION_ID", scope="per pipeline",
        branch="BUDDY_EXECUTION_PULL_REQUEST_HEAD_BRANCH BUDDY_RUN_BRANCH BUDDY_EXECUTION_BRANCH",
        tag="BUDDY_RUN_TAG BUDDY_EXECUTION_TAG",
        pull_request="BUDDY_RUN_PR_NO BUDDY_EXECUTION_PULL_REQUEST_NO BUDDY_EXECUTION_PULL_REQUEST_ID",
        pull_request_if="BUDDY_EXECUTION_PULL_REQUEST_BASE_BRANCH|BUDDY_RUN_PR_BASE_BRANCH",
        commit="BUDDY_RUN_COMMIT BUDDY_EXECUTION_REVISION", repository="BUDDY_REPO_SLUG", url="{BUDDY_EXECUTION_URL}",
        key="{BUDDY_WORKSPACE_ID}:{BUDDY_PIPELINE_ID}:{BUDDY_EXECUTION_ID}",
        source="buddy.works/docs/pipelines/variables/default-variables, semantic-release/env-ci",
    ),
    Provider(
        "bamboo", "Bamboo", unconfirmed="that a plan branch has a plan key, and so a count, of its own: users say so",
        number="bamboo_buildNumber", scope="per plan (each plan branch is a plan of its own)",
        branch="bamboo_planRepository_branchName bamboo_planRepository_1_branchName",
        pull_request="bamboo_repository_pr_key", pull_request_if="bamboo_repository_pr_targetBranch",
        commit="bamboo_planRepository_revision bamboo_planRepository_1_revision",
        workspace="bamboo_build_working_directory", repository="bamboo_planRepository_repositoryUrl",
        url="{bamboo_resultsUrl}",
        refuse="each plan branch is a plan that counts bamboo_buildNumber for itself, so that two branches collide",
        per_branch=True, fix=_ONE_BRANCH, key="{bamboo_planKey}:{bamboo_buildNumber}",
        source="confluence.atlassian.com Bamboo variables",
    ),
    # with several materials, or a named one, each variable has the name behind it: nothing is known of the commit
    Provider(
        "gocd", "GoCD", number="GO_PIPELINE_COUNTER", scope="per pipeline", attempt="GO_STAGE_COUNTER",
        branch="GO_MATERIAL_BRANCH", may_be_silent=True, commit="GO_REVISION", repository="GO_MATERIAL_URL",
        key="{GO_SERVER_URL}:{GO_PIPELINE_NAME}:{GO_PIPELINE_COUNTER}",
        source="gocd/gocd JobIdentifier.java, ScmMaterial.java, GitMaterial.java",
    ),
    # without a number that could be used: known only to refuse it with the fix
    Provider(
        "cloudbuild", "Google Cloud Build", branch="BRANCH_NAME", tag="TAG_NAME", no_tag_if="BRANCH_NAME",
        pull_request="_PR_NUMBER", may_be_silent=True, commit="COMMIT_SHA REVISION_ID", repository="REPO_FULL_NAME",
        refuse="there is no number, only an opaque BUILD_ID",
        fix=_OWN + "env: ['COMMIT_SHA=$COMMIT_SHA', 'UNIQVER_BUILD_NUMBER=N'] in the step of cloudbuild.yaml",
        key="{BUILD_ID}",
        source="cloud.google.com/build/docs build-config, watson/ci-info vendors.json",
    ),
    Provider(
        "vercel", "Vercel", branch="VERCEL_GIT_COMMIT_REF", pull_request="VERCEL_GIT_PULL_REQUEST_ID",
        commit="VERCEL_GIT_COMMIT_SHA", repository="{VERCEL_GIT_REPO_OWNER}/{VERCEL_GIT_REPO_SLUG}",
        refuse="there is no number", fix=_OWN + "UNIQVER_BUILD_NUMBER=N in the build command",
        key="{VERCEL_DEPLOYMENT_ID}", source="vercel.com/docs/environment-variables/system-environment-variables",
    ),
    Provider(
        "netlify", "Netlify", branch="HEAD BRANCH", pull_request="REVIEW_ID PULL_REQUEST", commit="COMMIT_REF",
        repository="REPOSITORY_URL", url="{DEPLOY_URL}", refuse="there is no number, only an opaque BUILD_ID",
        fix=_OWN + 'UNIQVER_BUILD_NUMBER = "N" under [build.environment] in netlify.toml', key="{BUILD_ID}",
        source="netlify/build env/main.ts, git.js",
    ),
    # READTHEDOCS_VERSION_NAME says "stable" for the newest tag
    Provider(
        "readthedocs", "Read the Docs", branch="READTHEDOCS_GIT_IDENTIFIER",
        tag="READTHEDOCS_GIT_IDENTIFIER?READTHEDOCS_VERSION_TYPE=tag",
        pull_request="READTHEDOCS_VERSION_NAME?READTHEDOCS_VERSION_TYPE=external",
        pull_request_if="READTHEDOCS_VERSION_TYPE=external", always="READTHEDOCS_VERSION_TYPE",
        commit="READTHEDOCS_GIT_COMMIT_HASH", workspace="READTHEDOCS_REPOSITORY_PATH",
        repository="READTHEDOCS_GIT_CLONE_URL", refuse="there is no number", fix="UNIQVER_BUILD_NUMBER=N among the "
        "project's environment variables there (needless: what it builds is not uploaded)",
        source="readthedocs/readthedocs.org director.py",
    ),
    Provider(
        "codefresh", "Codefresh", branch="CF_BRANCH", pull_request="CF_PULL_REQUEST_NUMBER CF_PULL_REQUEST_ID",
        commit="CF_REVISION", repository="{CF_REPO_OWNER}/{CF_REPO_NAME}", url="{CF_BUILD_URL}",
        refuse="there is no number, only an opaque CF_BUILD_ID",
        fix=_OWN + "environment: ['UNIQVER_BUILD_NUMBER=N'] in the step of codefresh.yml", key="{CF_BUILD_ID}",
        source="codefresh-io/docs.codefresh.io variables.md",
    ),
    # no job has these by itself: one that sets `environment: "{{ zuul | zuul_legacy_vars }}"` does
    Provider(
        "zuul", "Zuul", ref="ZUUL_REFNAME", branch="ZUUL_BRANCH", no_tag_if="ZUUL_REFNAME", pull_request="ZUUL_CHANGE",
        commit="ZUUL_NEWREV ZUUL_COMMIT", refuse="there is no number, only a UUID",
        fix=_OWN + "environment: {UNIQVER_BUILD_NUMBER: N} in the play", key="{ZUUL_UUID}",
        source="zuul 14.3.0 zuul_filters.py",
    ),
    Provider(
        "prow", "Prow", branch="PULL_BASE_REF", pull_request="PULL_NUMBER",
        pull_request_if="JOB_TYPE=presubmit|JOB_TYPE=batch", may_be_silent=True, commit="PULL_PULL_SHA PULL_BASE_SHA",
        repository="{REPO_OWNER}/{REPO_NAME}",
        refuse="BUILD_ID has some 19 digits, and nothing says that no other cluster gives the same",
        fix=_OWN + "env: [{name: UNIQVER_BUILD_NUMBER, value: 'N'}] in the job", key="{PROW_JOB_ID}",
        source="kubernetes-sigs/prow jobspec.go",
    ),
    Provider(
        "sourcehut", "builds.sr.ht", may_be_silent=True, url="{JOB_URL}",
        refuse="JOB_ID counts the jobs of everybody, and nothing says which commit or repository a job is for",
        fix="export UNIQVER_BUILD_NUMBER=$JOB_ID UNIQVER_COMMIT=$(git rev-parse HEAD) in the task", key="{JOB_URL}",
        source="jsoref/builds.sr.ht tasks.go, watson/ci-info vendors.json",
    ),
    Provider(
        "taskcluster", "Taskcluster", may_be_silent=True,
        refuse="there is no number: TASK_ID is a slug, and RUN_ID counts the runs of one task from 0",
        fix=_OWN + "env: {UNIQVER_BUILD_NUMBER: 'N', UNIQVER_COMMIT: 'COMMIT'} in the task's payload",
        key="{TASK_ID}:{RUN_ID}", source="taskcluster/taskcluster docker-worker task.js",
    ),
    Provider(
        "screwdriver", "Screwdriver", branch="GIT_BRANCH", pull_request="SD_PULL_REQUEST", may_be_silent=True,
        commit="SD_BUILD_SHA", workspace="SD_SOURCE_DIR SD_CHECKOUT_DIR", url="{SD_UI_BUILD_URL}",
        refuse="SD_BUILD_ID counts the jobs of everybody, so that two jobs of one event differ",
        fix=_OWN + "environment: {UNIQVER_BUILD_NUMBER: $SD_EVENT_ID} in the job", key="{SD_API_URL}:{SD_EVENT_ID}",
        source="screwdriver-cd/launcher launch.go",
    ),
    Provider(
        "cloudflare", "Cloudflare Pages and Workers", branch="CF_PAGES_BRANCH WORKERS_CI_BRANCH",
        commit="CF_PAGES_COMMIT_SHA WORKERS_CI_COMMIT_SHA", url="{CF_PAGES_URL}", refuse="there is no number",
        fix=_OWN + "UNIQVER_BUILD_NUMBER=N in the build command", key="{WORKERS_CI_BUILD_UUID}",
        source="developers.cloudflare.com/changelog/2025-06-10-default-env-vars, semantic-release/env-ci",
    ),
    Provider(
        "heroku", "Heroku CI", branch="HEROKU_TEST_RUN_BRANCH", pull_request="HEROKU_PR_NUMBER", may_be_silent=True,
        commit="HEROKU_TEST_RUN_COMMIT_VERSION", refuse="there is no number, only an opaque HEROKU_TEST_RUN_ID",
        fix=_OWN + "UNIQVER_BUILD_NUMBER=N in the test script of app.json", key="{HEROKU_TEST_RUN_ID}",
        source="devcenter.heroku.com/articles/heroku-ci, codecov/uploader src/ci_providers",
    ),
    Provider(
        "render", "Render", branch="RENDER_GIT_BRANCH", pull_request_if="IS_PULL_REQUEST=true",
        commit="RENDER_GIT_COMMIT", repository="RENDER_GIT_REPO_SLUG", refuse="there is no number",
        fix=_OWN + "UNIQVER_BUILD_NUMBER=N in the build command", source="render.com/docs/environment-variables",
    ),
    Provider(
        "eas", "Expo Application Services", may_be_silent=True, commit="EAS_BUILD_GIT_COMMIT_HASH",
        workspace="EAS_BUILD_WORKINGDIR", refuse="there is no number, only an opaque EAS_BUILD_ID",
        fix=_OWN + 'env: {"UNIQVER_BUILD_NUMBER": "N"} in the profile in eas.json', key="{EAS_BUILD_ID}",
        source="docs.expo.dev/eas/environment-variables/usage, watson/ci-info vendors.json",
    ),
    Provider(
        "appcircle", "Appcircle", branch="AC_GIT_BRANCH", pull_request="AC_PULL_NUMBER",
        pull_request_if="AC_GIT_PR|AC_GIT_TARGET_BRANCH", may_be_silent=True, commit="AC_GIT_COMMIT",
        workspace="AC_REPOSITORY_DIR", repository="AC_GIT_URL", refuse="nothing says what AC_BUILD_NUMBER counts in",
        fix=_OWN + "UNIQVER_BUILD_NUMBER=N among the environment variables there",
        source="docs.appcircle.io/environment-variables/appcircle-specific-environment-variables",
    ),
)}
