"""CI systems without a number that could be used: each is known only to refuse it with the fix."""

from __future__ import annotations

from typing import Final

from uniqver.ci.provider import Provider

COUNTER: Final = 'counter = "git+origin" in [tool.uniqver]'
"""The fix that works in every system that can push to the repository."""

CLOUD_BUILD: Final = Provider(
    name="cloudbuild",
    title="Google Cloud Build",
    detect=("PROJECT_ID", "BUILD_ID", "TRIGGER_NAME"),
    key="{BUILD_ID}",
    branch=("BRANCH_NAME",),
    tag=("TAG_NAME",),
    no_tag_if="BRANCH_NAME",
    commit=("COMMIT_SHA",),
    refuse="there is no number, only an opaque BUILD_ID",
    fix=f"{COUNTER}; or a number of your own: env: ['UNIQVER_BUILD_NUMBER=N'] in the step of cloudbuild.yaml",
)
VERCEL: Final = Provider(
    name="vercel",
    title="Vercel",
    detect=("VERCEL",),
    key="{VERCEL_DEPLOYMENT_ID}",
    branch=("VERCEL_GIT_COMMIT_REF",),
    pull_request=("VERCEL_GIT_PULL_REQUEST_ID",),
    commit=("VERCEL_GIT_COMMIT_SHA",),
    refuse="there is no number",
    fix=f"{COUNTER}; or a number of your own: UNIQVER_BUILD_NUMBER=N in the build command",
)
NETLIFY: Final = Provider(
    name="netlify",
    title="Netlify",
    detect=("NETLIFY",),
    key="{BUILD_ID}",
    branch=("HEAD", "BRANCH"),
    pull_request=("REVIEW_ID", "PULL_REQUEST"),
    commit=("COMMIT_REF",),
    url="{DEPLOY_URL}",
    refuse="there is no number, only an opaque BUILD_ID",
    fix=f'{COUNTER}; or a number of your own: UNIQVER_BUILD_NUMBER = "N" under [build.environment] in netlify.toml',
)
READ_THE_DOCS: Final = Provider(
    name="readthedocs",
    title="Read the Docs",
    detect=("READTHEDOCS=true",),
    branch=("READTHEDOCS_GIT_IDENTIFIER",),
    tag=("READTHEDOCS_GIT_IDENTIFIER",),  # READTHEDOCS_VERSION_NAME says "stable" for the newest tag
    tag_if="READTHEDOCS_VERSION_TYPE=tag",
    pull_request=("READTHEDOCS_VERSION_NAME",),
    pull_request_if="READTHEDOCS_VERSION_TYPE=external",
    commit=("READTHEDOCS_GIT_COMMIT_HASH",),
    refuse="there is no number",
    fix="UNIQVER_BUILD_NUMBER=N among the project's environment variables there (needless: what it builds is not uploaded)",
)
CODEFRESH: Final = Provider(
    name="codefresh",
    title="Codefresh",
    detect=("CF_BUILD_ID",),
    key="{CF_BUILD_ID}",
    branch=("CF_BRANCH",),
    pull_request=("CF_PULL_REQUEST_NUMBER", "CF_PULL_REQUEST_ID"),
    commit=("CF_REVISION",),
    url="{CF_BUILD_URL}",
    refuse="there is no number, only an opaque CF_BUILD_ID",
    fix=f"{COUNTER}; or a number of your own: environment: ['UNIQVER_BUILD_NUMBER=N'] in the step of codefresh.yml",
)
ZUUL: Final = Provider(
    name="zuul",
    title="Zuul",
    detect=("ZUUL_BUILD",),
    key="{ZUUL_BUILD}",
    ref="ZUUL_REF",
    no_tag_if="ZUUL_REF",
    branch=("ZUUL_BRANCH",),
    pull_request=("ZUUL_CHANGE",),
    commit=("ZUUL_NEWREV", "ZUUL_COMMIT"),
    refuse="there is no number, only a UUID",
    fix=f"{COUNTER}; or a number of your own: environment: {{UNIQVER_BUILD_NUMBER: N}} in the play",
)
PROW: Final = Provider(
    name="prow",
    title="Prow",
    detect=("PROW_JOB_ID",),
    key="{PROW_JOB_ID}",
    branch=("PULL_BASE_REF",),
    pull_request=("PULL_NUMBER",),
    commit=("PULL_BASE_SHA",),
    refuse="BUILD_ID has some 19 digits, and nothing says that no other cluster gives the same",
    fix=f"{COUNTER}; or a number of your own: env: [{{name: UNIQVER_BUILD_NUMBER, value: 'N'}}] in the job",
)
REFUSED: Final = (CLOUD_BUILD, VERCEL, NETLIFY, READ_THE_DOCS, CODEFRESH, ZUUL, PROW)
