"""What other readers of git find in the repositories of their own tests, and the native reader in the same ones.

Their sdists have the tests: versioningit's zipped repositories, dunamai's and vcs-versioning's scenarios. They are run with
:mod:`tests.support.reader_oracles`, only if ``TEST_UNIQVER_READERS`` is set: they take some minutes. Where the readers
differ, it is by design: each such test is listed here with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.support import reader_oracles
from tests.support.run import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not os.environ.get("TEST_UNIQVER_READERS"), reason="takes minutes: set TEST_UNIQVER_READERS=1"
)

NO_TAG = "without a tag each has its own default, and versioningit counts from the first commit"
NO_COMMIT = "without a commit uniqver has nothing to name, and the version is local"
PREFIX = "only tags that are versions count; `tag-prefix` names others, as their options (match, exclude, patterns) do"
REFUSED = "an option makes them refuse (strict, a shallow clone), where uniqver's build is local"
ARCHIVE = "an archive is no repository: another reader's"
UNTRACKED = "an untracked file counts only where it would be packed"
BRANCH = "their option reads the tags of another branch"
LIGHT = "light tags count as annotated ones do"

DIFFERENT = {
    "versioningit": {
        "git/added-no-commits-default-tag": NO_COMMIT,
        "git/custom-method": PREFIX,
        "git/archive-repo-exclude": PREFIX,
        "git/archive-repo-match": PREFIX,
        "git/archive-repo-mixed]": LIGHT,
        "git/default-": NO_TAG,
        "git/exclude": PREFIX,
        "git/match": PREFIX,
        "git-errors/": PREFIX,
    },
    "vcs_versioning": {
        "test_parse_call_order": NO_COMMIT,
        "test_version_from_git": f"{NO_COMMIT}; {NO_TAG}; {PREFIX}",
        "test_git_worktree": NO_COMMIT,
        "test_git_parse_shallow_fail": REFUSED,
        "test_git_parse_shallow_warns": NO_TAG,
        "test_git_shallow_autocorrect": NO_TAG,
        "test_alphanumeric_tags_match": PREFIX,
        "test_non_dotted_": PREFIX,
        "test_git_getdate": f"{NO_COMMIT}; {NO_TAG}",
        "test_git_pre_parse_config_integration": NO_TAG,
        "test_git_no_commits_uses_fallback_version": NO_COMMIT,
    },
    "dunamai": {
        "with_annotated_tags": f"{NO_COMMIT}; {NO_TAG}; {UNTRACKED}; {REFUSED}",
        "with_lightweight_tags": f"{NO_COMMIT}; {NO_TAG}; {UNTRACKED}; {REFUSED}",
        "with_mixed_tags": f"{NO_COMMIT}; {NO_TAG}; {UNTRACKED}",
        "highest_tag_": PREFIX,
        "gitflow": BRANCH,
        "__archival_": ARCHIVE,
    },
}

TESTS = {
    "versioningit": ("versioningit", ("test/test_end2end.py", "-k", "git and not hg and not url and not editable")),
    "vcs_versioning": ("vcs-versioning", ("testing_vcs/test_git.py", "testing_vcs/test_git_distance_scope.py")),
    "dunamai": ("dunamai", ("tests/integration/test_dunamai.py", "-k", "git")),
}
NEEDED = (
    "pytest",
    "pytest-cov",
    "pytest-xdist",
    "pytest-mock",
    "pytest-timeout",
    "pydantic",
    "build",
    "hatchling",
    "wheel",
    "setuptools",
)


@pytest.mark.parametrize("tool", TESTS)
def test_the_same_but_by_design(tool: str, wheelhouse: Path, client: Callable[..., Path], tmp_path: Path) -> None:
    """In each repository the same tag, distance, commit and dirtiness, or a difference that is listed."""
    package, words = TESTS[tool]
    download = ("-m", "pip", "-q", "download", "--no-deps", "--no-binary", ":all:", "-d", str(tmp_path), package)
    run(sys.executable, *download, cwd=tmp_path)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, filter="data")
    python = client(f"{package} {' '.join(NEEDED)}", "python")
    staged = tmp_path / "staged"
    (uniqver,) = wheelhouse.glob("uniqver-*.whl")
    run(sys.executable, "-m", "pip", "-q", "install", "--no-deps", "--target", staged, uniqver, cwd=tmp_path)
    shutil.copy2(reader_oracles.__file__, staged)
    log = tmp_path / "log"
    env = {**os.environ, "PYTHONPATH": str(staged), "TEST_UNIQVER_READERS": str(log)}
    env["PATH"] = f"{python.parent}{os.pathsep}{env['PATH']}"
    options = ("-q", "-n2", "-p", "reader_oracles", "-W", "ignore")
    done = run(
        python, "-m", "pytest", *options, *words, cwd=tmp_path / archive.name.removesuffix(".tar.gz"), env=env, ok=False
    )
    assert log.exists(), done.stdout + done.stderr
    outcomes: Counter[str] = Counter()
    for line in dict.fromkeys(log.read_text(encoding="utf-8").splitlines()):
        found = json.loads(line)
        theirs, ours = found["theirs"], found["ours"]
        same = "error" in theirs and "error" in ours
        if "error" not in theirs and "error" not in ours:
            same = all(theirs[name] == ours[name] for name in ("tag", "distance", "dirty"))
            same = same and ours["commit"].startswith(theirs["commit"] or "")
        reasons = [reason for part, reason in DIFFERENT[tool].items() if part in found["test"]]
        outcomes["the same" if same else "by design" if reasons else "different"] += 1
        assert same or reasons, found
    print(tool, dict(outcomes), done.stdout.strip().splitlines()[-1])
    assert outcomes["the same"] >= {"versioningit": 20, "vcs_versioning": 5, "dunamai": 10}[tool]
