"""CI systems without a number that could be used: each is known only to refuse it with the fix."""

from __future__ import annotations

from typing import Final

from uniqver.ci.provider import Provider

COUNTER: Final = 'counter = "git+origin" in [tool.uniqver]'
"""The fix that works in every system that can push to the repository."""

_OWN = f"{COUNTER}; or a number of your own: "

CLOUD_BUILD: Final = Provider(
    name="cloudbuild",
    title="Google Cloud Build",
    detect=("BUILDER_OUTPUT|PROJECT_ID", "BUILDER_OUTPUT|BUILD_ID", "BUILDER_OUTPUT|TRIGGER_NAME"),
    # all but BUILDER_OUTPUT are substitutions, in the environment only where a step maps them
    source="cloud.google.com/build/docs build-config, watson/ci-info vendors.json, 2026-11-24",
    key="{BUILD_ID}",
    branch=("BRANCH_NAME",),
    tag=("TAG_NAME",),
    no_tag_if="BRANCH_NAME",
    pull_request=("_PR_NUMBER",),
    may_be_silent=True,
    commit=("COMMIT_SHA", "REVISION_ID"),
    repository=("REPO_FULL_NAME",),
    refuse="there is no number, only an opaque BUILD_ID",
    fix=f"{_OWN}env: ['UNIQVER_BUILD_NUMBER=N'] in the step of cloudbuild.yaml",
)
VERCEL: Final = Provider(
    name="vercel",
    title="Vercel",
    detect=("VERCEL",),
    source="semantic-release/env-ci services/vercel.js, watson/ci-info vendors.json, 2026-11-24",
    unconfirmed="its variables by a page of its own",
    key="{VERCEL_DEPLOYMENT_ID}",
    branch=("VERCEL_GIT_COMMIT_REF",),
    pull_request=("VERCEL_GIT_PULL_REQUEST_ID",),
    commit=("VERCEL_GIT_COMMIT_SHA",),
    repository=("{VERCEL_GIT_REPO_OWNER}/{VERCEL_GIT_REPO_SLUG}",),
    refuse="there is no number",
    fix=f"{_OWN}UNIQVER_BUILD_NUMBER=N in the build command",
)
NETLIFY: Final = Provider(
    name="netlify",
    title="Netlify",
    detect=("NETLIFY",),
    source="netlify/build packages/config/src/env/main.ts, git.js, 2026-11-24",
    key="{BUILD_ID}",
    branch=("HEAD", "BRANCH"),
    pull_request=("REVIEW_ID", "PULL_REQUEST"),
    commit=("COMMIT_REF",),
    repository=("REPOSITORY_URL",),
    url="{DEPLOY_URL}",
    refuse="there is no number, only an opaque BUILD_ID",
    fix=f'{_OWN}UNIQVER_BUILD_NUMBER = "N" under [build.environment] in netlify.toml',
)
READ_THE_DOCS: Final = Provider(
    name="readthedocs",
    title="Read the Docs",
    detect=("READTHEDOCS=true",),
    source="readthedocs/readthedocs.org readthedocs/doc_builder/director.py, 2026-11-24",
    branch=("READTHEDOCS_GIT_IDENTIFIER",),
    tag=("READTHEDOCS_GIT_IDENTIFIER",),  # READTHEDOCS_VERSION_NAME says "stable" for the newest tag
    tag_if="READTHEDOCS_VERSION_TYPE=tag",
    pull_request=("READTHEDOCS_VERSION_NAME",),
    pull_request_if="READTHEDOCS_VERSION_TYPE=external",
    pull_request_signs=("READTHEDOCS_VERSION_TYPE=external",),
    always=("READTHEDOCS_VERSION_TYPE",),
    commit=("READTHEDOCS_GIT_COMMIT_HASH",),
    workspace=("READTHEDOCS_REPOSITORY_PATH",),
    repository=("READTHEDOCS_GIT_CLONE_URL",),
    refuse="there is no number",
    fix="UNIQVER_BUILD_NUMBER=N among the project's environment variables there (needless: what it builds is not uploaded)",
)
CODEFRESH: Final = Provider(
    name="codefresh",
    title="Codefresh",
    detect=("CF_BUILD_ID",),
    source="semantic-release/env-ci services/codefresh.js, 2026-11-24",
    unconfirmed="its variables by a page of its own",
    key="{CF_BUILD_ID}",
    branch=("CF_BRANCH",),
    pull_request=("CF_PULL_REQUEST_NUMBER", "CF_PULL_REQUEST_ID"),
    commit=("CF_REVISION",),
    repository=("{CF_REPO_OWNER}/{CF_REPO_NAME}",),
    url="{CF_BUILD_URL}",
    refuse="there is no number, only an opaque CF_BUILD_ID",
    fix=f"{_OWN}environment: ['UNIQVER_BUILD_NUMBER=N'] in the step of codefresh.yml",
)
ZUUL: Final = Provider(
    name="zuul",
    title="Zuul",
    detect=("ZUUL_BUILD",),
    source="none: Zuul 2 set these variables, later ones need a job that maps them",
    unconfirmed="its variables",
    key="{ZUUL_BUILD}",
    ref="ZUUL_REF",
    no_tag_if="ZUUL_REF",
    branch=("ZUUL_BRANCH",),
    pull_request=("ZUUL_CHANGE",),
    commit=("ZUUL_NEWREV", "ZUUL_COMMIT"),
    refuse="there is no number, only a UUID",
    fix=f"{_OWN}environment: {{UNIQVER_BUILD_NUMBER: N}} in the play",
)
PROW: Final = Provider(
    name="prow",
    title="Prow",
    detect=("PROW_JOB_ID",),
    source="kubernetes-sigs/prow pkg/pod-utils/downwardapi/jobspec.go, 2026-11-24",
    key="{PROW_JOB_ID}",
    branch=("PULL_BASE_REF",),
    pull_request=("PULL_NUMBER",),
    pull_request_signs=("JOB_TYPE=presubmit|JOB_TYPE=batch",),
    may_be_silent=True,  # a periodic job
    commit=("PULL_PULL_SHA", "PULL_BASE_SHA"),
    repository=("{REPO_OWNER}/{REPO_NAME}",),
    refuse="BUILD_ID has some 19 digits, and nothing says that no other cluster gives the same",
    fix=f"{_OWN}env: [{{name: UNIQVER_BUILD_NUMBER, value: 'N'}}] in the job",
)
SOURCEHUT: Final = Provider(
    name="sourcehut",
    title="builds.sr.ht",
    detect=("CI_NAME=sourcehut",),
    source="watson/ci-info vendors.json, docs.rs/crate/ci_env src/sourcehut.rs, 2026-11-24",
    unconfirmed="its variables by a page of its own",
    key="{JOB_URL}",
    may_be_silent=True,
    url="{JOB_URL}",
    refuse="JOB_ID counts the jobs of everybody, and nothing says which commit or repository a job is for",
    fix="export UNIQVER_BUILD_NUMBER=$JOB_ID UNIQVER_COMMIT=$(git rev-parse HEAD) in the task",
)
TASKCLUSTER: Final = Provider(
    name="taskcluster",
    title="Taskcluster",
    detect=("TASK_ID", "RUN_ID", "TASKCLUSTER_ROOT_URL|TASKCLUSTER_PROXY_URL"),
    source="watson/ci-info vendors.json, 2026-11-24",
    unconfirmed="its variables by a page of its own",
    key="{TASK_ID}:{RUN_ID}",
    may_be_silent=True,
    refuse="there is no number: TASK_ID is a slug, and RUN_ID counts the runs of one task from 0",
    fix=f"{_OWN}env: {{UNIQVER_BUILD_NUMBER: 'N', UNIQVER_COMMIT: <the commit>}} in the task's payload",
)
SCREWDRIVER: Final = Provider(
    name="screwdriver",
    title="Screwdriver",
    detect=("SCREWDRIVER",),
    source="screwdriver-cd/launcher launch.go, 2026-11-24",
    key="{SD_API_URL}:{SD_EVENT_ID}",
    branch=("GIT_BRANCH",),
    pull_request=("SD_PULL_REQUEST",),
    may_be_silent=True,
    commit=("SD_BUILD_SHA",),
    workspace=("SD_SOURCE_DIR", "SD_CHECKOUT_DIR"),
    url="{SD_UI_BUILD_URL}",
    refuse="SD_BUILD_ID counts the jobs of everybody, so that two jobs of one event differ",
    fix=f"{_OWN}environment: {{UNIQVER_BUILD_NUMBER: $SD_EVENT_ID}} in the job",
)
CLOUDFLARE: Final = Provider(
    name="cloudflare",
    title="Cloudflare Pages and Workers",
    detect=("CF_PAGES|WORKERS_CI",),
    source="developers.cloudflare.com/changelog/2025-06-10-default-env-vars, semantic-release/env-ci, 2026-11-24",
    key="{WORKERS_CI_BUILD_UUID}",
    branch=("CF_PAGES_BRANCH", "WORKERS_CI_BRANCH"),
    commit=("CF_PAGES_COMMIT_SHA", "WORKERS_CI_COMMIT_SHA"),
    url="{CF_PAGES_URL}",
    refuse="there is no number",
    fix=f"{_OWN}UNIQVER_BUILD_NUMBER=N in the build command",
)
HEROKU: Final = Provider(
    name="heroku",
    title="Heroku CI",
    detect=("HEROKU_TEST_RUN_ID",),
    source="devcenter.heroku.com/articles/heroku-ci, codecov/uploader src/ci_providers, 2026-11-24",
    key="{HEROKU_TEST_RUN_ID}",
    branch=("HEROKU_TEST_RUN_BRANCH",),
    pull_request=("HEROKU_PR_NUMBER",),
    may_be_silent=True,  # a run by hand has no branch
    commit=("HEROKU_TEST_RUN_COMMIT_VERSION",),
    refuse="there is no number, only an opaque HEROKU_TEST_RUN_ID",
    fix=f"{_OWN}UNIQVER_BUILD_NUMBER=N in the test script of app.json",
)
RENDER: Final = Provider(
    name="render",
    title="Render",
    detect=("RENDER",),
    source="render.com/docs/environment-variables, 2026-11-24",
    branch=("RENDER_GIT_BRANCH",),
    pull_request_signs=("IS_PULL_REQUEST=true",),
    commit=("RENDER_GIT_COMMIT",),
    repository=("RENDER_GIT_REPO_SLUG",),
    refuse="there is no number",
    fix=f"{_OWN}UNIQVER_BUILD_NUMBER=N in the build command",
)
EAS: Final = Provider(
    name="eas",
    title="Expo Application Services",
    detect=("EAS_BUILD",),
    source="docs.expo.dev/eas/environment-variables/usage, watson/ci-info vendors.json, 2026-11-24",
    key="{EAS_BUILD_ID}",
    may_be_silent=True,
    commit=("EAS_BUILD_GIT_COMMIT_HASH",),
    workspace=("EAS_BUILD_WORKINGDIR",),
    refuse="there is no number, only an opaque EAS_BUILD_ID",
    fix=f'{_OWN}env: {{"UNIQVER_BUILD_NUMBER": "N"}} in the profile in eas.json',
)
APPCIRCLE: Final = Provider(
    name="appcircle",
    title="Appcircle",
    detect=("AC_APPCIRCLE",),
    source="watson/ci-info vendors.json, 2026-11-24",
    unconfirmed="its variables by a page of its own, and what AC_BUILD_NUMBER counts in",
    branch=("AC_GIT_BRANCH",),
    tag=("AC_GIT_TAG",),
    pull_request=("AC_GIT_PR",),
    may_be_silent=True,
    commit=("AC_GIT_COMMIT",),
    workspace=("AC_REPOSITORY_DIR",),
    repository=("AC_GIT_URL",),
    refuse="nothing says what AC_BUILD_NUMBER counts in",
    fix=f"{_OWN}UNIQVER_BUILD_NUMBER=N among the environment variables there",
)
REFUSED: Final = (
    CLOUD_BUILD, VERCEL, NETLIFY, READ_THE_DOCS, CODEFRESH, ZUUL, PROW, SOURCEHUT, TASKCLUSTER, SCREWDRIVER, CLOUDFLARE,
    HEROKU, RENDER, EAS, APPCIRCLE,
)  # fmt: skip
