"""`uniqver explain ARTIFACT…`: what artifacts say, and where they contradict themselves."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.support.hooks import built
from tests.support.projects import committed, copied
from tests.support.run import git, run

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel of one build."""
    folder = tmp_path_factory.mktemp("explained")
    project = committed(copied("src_layout", folder))
    for hook in ("build_sdist", "build_wheel"):
        built(project, hook, folder / "dist")
    return folder / "dist"


def explain(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "uniqver", "explain", *words, cwd=cwd, ok=False)


def the_wheel(dist: Path) -> Path:
    (wheel,) = dist.glob("*.whl")
    return wheel


def changed(wheel: Path, into: Path, change: Callable[[str, bytes], bytes | None], *, record: bool = True) -> Path:
    """Copy a wheel with members changed (``None``: left out); with ``record`` RECORD is made to agree."""
    into.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(into / wheel.name, "w") as new:
        contents = {name: change(name, old.read(name)) for name in old.namelist()}
        for name, content in contents.items():
            if content is None:
                continue
            agrees = name.endswith("/RECORD") and record
            new.writestr(name, _record(content.decode(), contents) if agrees else content)
    return into / wheel.name


def _record(text: str, contents: dict[str, bytes | None]) -> bytes:
    lines = []
    for line in text.splitlines():
        content = contents.get(line.partition(",")[0])
        if content is not None and not line.endswith(",,"):
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.append(f"{line.partition(',')[0]},sha256={digest},{len(content)}")
        else:
            lines.append(line)
    return ("\n".join(lines) + "\n").encode()


def test_a_folder_is_explained(dist: Path) -> None:
    """For a dist/ folder both artifacts are explained with commit and number, the wheel with its tools, and the exit code is 0."""
    done = explain("dist", cwd=dist.parent)
    assert done.returncode == 0, done.stdout
    commit = git(dist.parent / "src_layout", "rev-parse", "HEAD")
    assert done.stdout.count(f"commit    {commit}\n") == 2
    assert done.stdout.count("number    1 in the segment dev\n") == 2
    assert done.stdout.count("made with setuptools ") == 1  # an sdist doesn't depend on it
    assert done.stdout.startswith(the_wheel(dist).name + ": sample-src 1.4.1.dev1+g")


def test_a_broken_file_hides_no_other(dist: Path, tmp_path: Path) -> None:
    """All that can be read is explained; what can't be is an error for each, and the exit code is 1."""
    folder = tmp_path / "dist"
    shutil.copytree(dist, folder)
    for name in ("a-1.0-py3-none-any.whl", "z-1.0.tar.gz"):
        (folder / name).write_bytes(b"x")
    done = explain("dist", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, explain("dist", cwd=dist.parent).stdout)
    assert re.findall(r"uniqver: error: (\S+) .*\n  fix: ", done.stderr) == ["a-1.0-py3-none-any.whl", "z-1.0.tar.gz"]
    shown = explain("--json", "dist", cwd=tmp_path)
    assert (shown.returncode, len(json.loads(shown.stdout)["artifacts"])) == (1, 2)


def test_json_holds_the_facts_of_the_file(dist: Path) -> None:
    """--json gives, for each artifact, the facts as uniqver.json has them."""
    done = explain("--json", the_wheel(dist), cwd=dist)
    (told,) = json.loads(done.stdout)["artifacts"]
    with zipfile.ZipFile(the_wheel(dist)) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith("/uniqver.json")]
        facts = json.loads(wheel.read(name))
    assert facts.pop("schema_version") == 1
    assert told["facts"] == facts
    assert (told["artifact"], told["kind"], told["project"]) == (the_wheel(dist).name, "wheel", "sample-src")
    assert (told["version"], told["problems"]) == (facts["version"], [])


def test_without_arguments_it_explains_the_tree(dist: Path) -> None:
    """`uniqver explain` alone is the account of the tree, as it was."""
    done = explain("--json", cwd=dist.parent / "src_layout")
    assert json.loads(done.stdout)["source"] == "distance"


def _bump(name: str, content: bytes, ending: str) -> bytes:
    return content.replace(b"1.4.1.dev1+g", b"1.4.1.dev9+g") if name.endswith(ending) else content


@pytest.mark.parametrize(
    ("ending", "says"),
    [
        ("/METADATA", "the version is not the same everywhere: file name has 1.4.1.dev1+g"),
        ("_version.py", "sample_src/_version.py has 1.4.1.dev9+g"),
        ("/uniqver.json", "uniqver.json has 1.4.1.dev9+g"),
    ],
)
def test_a_place_that_disagrees_is_shown(ending: str, says: str, dist: Path, tmp_path: Path) -> None:
    """A wheel whose METADATA, _version.py or uniqver.json says another version is shown so, and exits 1."""
    wheel = changed(the_wheel(dist), tmp_path, lambda name, content: _bump(name, content, ending))
    done = explain(wheel, cwd=tmp_path)
    assert done.returncode == 1
    assert says in done.stdout
    assert "in RECORD" not in done.stdout
    problems = json.loads(explain("--json", wheel, cwd=tmp_path).stdout)["artifacts"][0]["problems"]
    assert len(problems) == 1


def test_one_version_of_two_commits(dist: Path, tmp_path: Path) -> None:
    """Two builds share a version: a folder with both is shown so, with their commits, and exits 1."""
    with zipfile.ZipFile(the_wheel(dist)) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith("/uniqver.json")]
        commit = json.loads(wheel.read(name))["commit"]
    other = "f" * 40
    changed(the_wheel(dist), tmp_path, lambda _, content: content.replace(commit.encode(), other.encode()))
    assert explain(the_wheel(tmp_path), cwd=tmp_path).returncode == 0
    shutil.copy(next(dist.glob("*.tar.gz")), tmp_path)
    done = explain(tmp_path, cwd=tmp_path)
    assert done.returncode == 1
    for found, ending in ((commit, ".tar.gz"), (other, ".whl")):
        assert f"{found[:12]} made sample_src-" in done.stdout
        assert ending in done.stdout
    told = json.loads(explain("--json", tmp_path, cwd=tmp_path).stdout)["artifacts"]
    assert ["two builds share" in each["problems"][0] for each in told] == [True, True]


def test_a_file_name_that_disagrees_is_shown(dist: Path, tmp_path: Path) -> None:
    """A wheel that was renamed is shown to disagree with its metadata, and exits 1."""
    wheel = tmp_path / the_wheel(dist).name.replace("1.4.1.dev1", "1.4.1.dev2")
    shutil.copy(the_wheel(dist), wheel)
    done = explain(wheel, cwd=tmp_path)
    assert done.returncode == 1
    assert "file name has 1.4.1.dev2+g" in done.stdout


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda name, content: content + b"# more\n" if name.endswith("__init__.py") else content, "does not match its hash in RECORD"),
        (lambda name, content: None if name.endswith("__init__.py") else content, "which isn't there"),
        (lambda name, content: None if name.endswith("/RECORD") else content, ".dist-info/RECORD"),
        (
            lambda name, content: b"".join(content.splitlines(keepends=True)[1:]) if name.endswith("/RECORD") else content,
            "sample_src/__init__.py is not in RECORD",
        ),
    ],
    ids=["changed", "missing", "no record", "not listed"],
)  # fmt: skip
def test_a_record_that_disagrees_is_shown(
    change: Callable[[str, bytes], bytes | None], says: str, dist: Path, tmp_path: Path
) -> None:
    """A wheel whose files aren't those of RECORD is shown so, and exits 1."""
    done = explain(changed(the_wheel(dist), tmp_path, change, record=False), cwd=tmp_path)
    assert done.returncode == 1
    assert says in done.stdout


def test_an_sdist_that_disagrees_is_shown(dist: Path, tmp_path: Path) -> None:
    """An sdist whose PKG-INFO says another version than its name is shown so, and exits 1."""
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "x", filter="data")
    info = tmp_path / "x" / sdist.name.removesuffix(".tar.gz") / "PKG-INFO"
    info.write_text(info.read_text().replace("dev1+g", "dev9+g"))
    with tarfile.open(tmp_path / sdist.name, "w:gz") as archive:
        archive.add(info.parent, info.parent.name)
    done = explain(tmp_path / sdist.name, cwd=tmp_path)
    assert done.returncode == 1
    assert "PKG-INFO has 1.4.1.dev9+g" in done.stdout


def test_an_installed_distribution_is_explained(dist: Path, tmp_path: Path) -> None:
    """By its name an installed distribution is explained; a file that was changed since is shown, and exits 1."""
    site = tmp_path / "site"
    run(sys.executable, "-m", "pip", "-q", "install", "--no-deps", "--target", site, the_wheel(dist), cwd=tmp_path)
    code = f"import sys; sys.path.insert(0, {str(site)!r}); from uniqver.cli.main import main; sys.exit(main(['explain', 'Sample.SRC']))"
    done = run(sys.executable, "-c", code, cwd=tmp_path, ok=False)
    assert (done.returncode, done.stdout.splitlines()[0].rpartition("+")[0]) == (0, "Sample.SRC: sample-src 1.4.1.dev1")
    assert "commit " in done.stdout
    with (site / "sample_src" / "__init__.py").open("a") as file:
        file.write("# by hand\n")
    done = run(sys.executable, "-c", code, cwd=tmp_path, ok=False)
    assert done.returncode == 1
    assert "sample_src/__init__.py does not match its hash in RECORD" in done.stdout.replace("\\", "/")


def test_an_artifact_of_another_backend_is_no_fault(tmp_path: Path) -> None:
    """A wheel without uniqver.json is said to tell nothing of where it came from; that is no disagreement."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "plain"\nversion = "1.0"\n', encoding="utf-8")
    (tmp_path / "plain.py").write_text("", encoding="utf-8")
    run(sys.executable, "-m", "build", "-q", "-n", "-w", "-o", tmp_path / "dist", tmp_path, cwd=tmp_path)
    done = explain("dist", cwd=tmp_path)
    assert done.returncode == 0
    assert "there is no uniqver.json in it" in done.stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no-such-thing-1", "is not a file, a folder or an installed distribution"),
        ("gone-1.0-py3-none-any.whl", "can't be read"),
        ("empty", "empty contains neither a wheel nor an sdist"),
        ("notes.txt", "neither the name of a wheel nor of an sdist"),
        ("broken-1.0-py3-none-any.whl", "is not a valid wheel: File is not a zip file"),
    ],
)
def test_what_can_not_be_explained_is_an_error(name: str, says: str, tmp_path: Path) -> None:
    """What is no artifact gives an error with its fix on stderr, exit 1 and no traceback."""
    (tmp_path / "empty").mkdir()
    for file in ("notes.txt", "broken-1.0-py3-none-any.whl"):
        (tmp_path / file).write_text("x", encoding="utf-8")
    done = explain(name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "\n  fix: " in done.stderr
    assert "Traceback" not in done.stderr
