"""CI systems without a number that could be used: each is known only to refuse it with the fix."""

from __future__ import annotations

from uniqver.ci.providers import COUNTER, Provider

_OWN = f"{COUNTER}; or a number of your own: "

# fmt: off
_ROWS = (
    Provider(
        "cloudbuild", "Google Cloud Build",
        source="cloud.google.com/build/docs build-config, watson/ci-info vendors.json", key="{BUILD_ID}",
        branch="BRANCH_NAME", tag="TAG_NAME", no_tag_if="BRANCH_NAME", pull_request="_PR_NUMBER", may_be_silent=True,
        commit="COMMIT_SHA REVISION_ID", repository="REPO_FULL_NAME",
        refuse="there is no number, only an opaque BUILD_ID",
        fix=_OWN + "env: ['UNIQVER_BUILD_NUMBER=N'] in the step of cloudbuild.yaml",
    ),
    Provider(
        "vercel", "Vercel", source="vercel.com/docs/environment-variables/system-environment-variables",
        key="{VERCEL_DEPLOYMENT_ID}", branch="VERCEL_GIT_COMMIT_REF", pull_request="VERCEL_GIT_PULL_REQUEST_ID",
        commit="VERCEL_GIT_COMMIT_SHA", repository="{VERCEL_GIT_REPO_OWNER}/{VERCEL_GIT_REPO_SLUG}",
        refuse="there is no number", fix=_OWN + "UNIQVER_BUILD_NUMBER=N in the build command",
    ),
    Provider(
        "netlify", "Netlify", source="netlify/build env/main.ts, git.js", key="{BUILD_ID}",
        branch="HEAD BRANCH", pull_request="REVIEW_ID PULL_REQUEST", commit="COMMIT_REF", repository="REPOSITORY_URL",
        url="{DEPLOY_URL}", refuse="there is no number, only an opaque BUILD_ID",
        fix=_OWN + 'UNIQVER_BUILD_NUMBER = "N" under [build.environment] in netlify.toml',
    ),
    # READTHEDOCS_VERSION_NAME says "stable" for the newest tag
    Provider(
        "readthedocs", "Read the Docs", source="readthedocs/readthedocs.org director.py",
        branch="READTHEDOCS_GIT_IDENTIFIER", tag="READTHEDOCS_GIT_IDENTIFIER?READTHEDOCS_VERSION_TYPE=tag",
        pull_request="READTHEDOCS_VERSION_NAME?READTHEDOCS_VERSION_TYPE=external",
        pull_request_signs="READTHEDOCS_VERSION_TYPE=external", always="READTHEDOCS_VERSION_TYPE",
        commit="READTHEDOCS_GIT_COMMIT_HASH", workspace="READTHEDOCS_REPOSITORY_PATH",
        repository="READTHEDOCS_GIT_CLONE_URL", refuse="there is no number",
        fix="UNIQVER_BUILD_NUMBER=N among the project's environment variables there "
        "(needless: what it builds is not uploaded)",
    ),
    Provider(
        "codefresh", "Codefresh", source="codefresh-io/docs.codefresh.io variables.md",
        key="{CF_BUILD_ID}", branch="CF_BRANCH", pull_request="CF_PULL_REQUEST_NUMBER CF_PULL_REQUEST_ID",
        commit="CF_REVISION", repository="{CF_REPO_OWNER}/{CF_REPO_NAME}", url="{CF_BUILD_URL}",
        refuse="there is no number, only an opaque CF_BUILD_ID",
        fix=_OWN + "environment: ['UNIQVER_BUILD_NUMBER=N'] in the step of codefresh.yml",
    ),
    # no job has these by itself: one that sets `environment: "{{ zuul | zuul_legacy_vars }}"` does
    Provider(
        "zuul", "Zuul", source="zuul 14.3.0 zuul_filters.py", key="{ZUUL_UUID}",
        ref="ZUUL_REFNAME", branch="ZUUL_BRANCH", no_tag_if="ZUUL_REFNAME", pull_request="ZUUL_CHANGE",
        commit="ZUUL_NEWREV ZUUL_COMMIT", refuse="there is no number, only a UUID",
        fix=_OWN + "environment: {UNIQVER_BUILD_NUMBER: N} in the play",
    ),
    Provider(
        "prow", "Prow", source="kubernetes-sigs/prow jobspec.go", key="{PROW_JOB_ID}",
        branch="PULL_BASE_REF", pull_request="PULL_NUMBER", pull_request_signs="JOB_TYPE=presubmit|JOB_TYPE=batch",
        may_be_silent=True, commit="PULL_PULL_SHA PULL_BASE_SHA", repository="{REPO_OWNER}/{REPO_NAME}",
        refuse="BUILD_ID has some 19 digits, and nothing says that no other cluster gives the same",
        fix=_OWN + "env: [{name: UNIQVER_BUILD_NUMBER, value: 'N'}] in the job",
    ),
    Provider(
        "sourcehut", "builds.sr.ht", source="jsoref/builds.sr.ht tasks.go, watson/ci-info vendors.json",
        key="{JOB_URL}", may_be_silent=True, url="{JOB_URL}",
        refuse="JOB_ID counts the jobs of everybody, and nothing says which commit or repository a job is for",
        fix="export UNIQVER_BUILD_NUMBER=$JOB_ID UNIQVER_COMMIT=$(git rev-parse HEAD) in the task",
    ),
    Provider(
        "taskcluster", "Taskcluster", source="taskcluster/taskcluster docker-worker task.js",
        key="{TASK_ID}:{RUN_ID}", may_be_silent=True,
        refuse="there is no number: TASK_ID is a slug, and RUN_ID counts the runs of one task from 0",
        fix=_OWN + "env: {UNIQVER_BUILD_NUMBER: 'N', UNIQVER_COMMIT: 'COMMIT'} in the task's payload",
    ),
    Provider(
        "screwdriver", "Screwdriver", source="screwdriver-cd/launcher launch.go", key="{SD_API_URL}:{SD_EVENT_ID}",
        branch="GIT_BRANCH", pull_request="SD_PULL_REQUEST", may_be_silent=True, commit="SD_BUILD_SHA",
        workspace="SD_SOURCE_DIR SD_CHECKOUT_DIR", url="{SD_UI_BUILD_URL}",
        refuse="SD_BUILD_ID counts the jobs of everybody, so that two jobs of one event differ",
        fix=_OWN + "environment: {UNIQVER_BUILD_NUMBER: $SD_EVENT_ID} in the job",
    ),
    Provider(
        "cloudflare", "Cloudflare Pages and Workers",
        source="developers.cloudflare.com/changelog/2025-06-10-default-env-vars, semantic-release/env-ci",
        key="{WORKERS_CI_BUILD_UUID}", branch="CF_PAGES_BRANCH WORKERS_CI_BRANCH",
        commit="CF_PAGES_COMMIT_SHA WORKERS_CI_COMMIT_SHA", url="{CF_PAGES_URL}", refuse="there is no number",
        fix=_OWN + "UNIQVER_BUILD_NUMBER=N in the build command",
    ),
    Provider(
        "heroku", "Heroku CI", source="devcenter.heroku.com/articles/heroku-ci, codecov/uploader src/ci_providers",
        key="{HEROKU_TEST_RUN_ID}", branch="HEROKU_TEST_RUN_BRANCH", pull_request="HEROKU_PR_NUMBER",
        may_be_silent=True, commit="HEROKU_TEST_RUN_COMMIT_VERSION",
        refuse="there is no number, only an opaque HEROKU_TEST_RUN_ID",
        fix=_OWN + "UNIQVER_BUILD_NUMBER=N in the test script of app.json",
    ),
    Provider(
        "render", "Render", source="render.com/docs/environment-variables", branch="RENDER_GIT_BRANCH",
        pull_request_signs="IS_PULL_REQUEST=true", commit="RENDER_GIT_COMMIT", repository="RENDER_GIT_REPO_SLUG",
        refuse="there is no number", fix=_OWN + "UNIQVER_BUILD_NUMBER=N in the build command",
    ),
    Provider(
        "eas", "Expo Application Services",
        source="docs.expo.dev/eas/environment-variables/usage, watson/ci-info vendors.json", key="{EAS_BUILD_ID}",
        may_be_silent=True, commit="EAS_BUILD_GIT_COMMIT_HASH", workspace="EAS_BUILD_WORKINGDIR",
        refuse="there is no number, only an opaque EAS_BUILD_ID",
        fix=_OWN + 'env: {"UNIQVER_BUILD_NUMBER": "N"} in the profile in eas.json',
    ),
    Provider(
        "appcircle", "Appcircle",
        source="docs.appcircle.io/environment-variables/appcircle-specific-environment-variables",
        branch="AC_GIT_BRANCH", pull_request="AC_PULL_NUMBER", pull_request_signs="AC_GIT_PR|AC_GIT_TARGET_BRANCH",
        may_be_silent=True, commit="AC_GIT_COMMIT", workspace="AC_REPOSITORY_DIR", repository="AC_GIT_URL",
        refuse="nothing says what AC_BUILD_NUMBER counts in",
        fix=_OWN + "UNIQVER_BUILD_NUMBER=N among the environment variables there",
    ),
)
REFUSED = {row.name: row for row in _ROWS}
