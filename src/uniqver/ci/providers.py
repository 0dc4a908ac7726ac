"""The table of CI systems, in the order in which they are looked for.

The order matters where one system sets another's variables (Gitea and Forgejo those of GitHub, Harness those of Drone),
and where one runs inside the other: CodeBuild hosts runners of GitHub and GitLab, whose jobs see its variables too.
"""

from __future__ import annotations

from typing import Final

from uniqver.ci import hosted, self_hosted
from uniqver.ci.refused import REFUSED

PROVIDERS: Final = (
    hosted.FORGEJO,  # sets Gitea's variables too
    hosted.GITEA,
    hosted.ACT,  # Forgejo's and Gitea's runners set ACT=true
    hosted.GITHUB,
    hosted.GITLAB,
    hosted.AZURE,
    hosted.CIRCLECI,
    self_hosted.JENKINS,
    self_hosted.BUILDKITE,
    hosted.TRAVIS,
    hosted.APPVEYOR,
    hosted.BITBUCKET,
    self_hosted.TEAMCITY,
    self_hosted.HARNESS,
    self_hosted.WOODPECKER,
    self_hosted.DRONE,
    self_hosted.VELA,
    hosted.SEMAPHORE,
    hosted.CODEBUILD,
    hosted.BITRISE,
    hosted.CODEMAGIC,
    hosted.XCODE_CLOUD,
    hosted.BUDDY,
    self_hosted.BAMBOO,
    self_hosted.GOCD,
    *REFUSED,
)
