"""setuptools' own tests of its build backend and of editable installations, from its sdist, against uniqver's backend.

They take some ten minutes, so that they only run if ``TEST_UNIQVER_SETUPTOOLS`` is set. What stands between the tests and
uniqver is :mod:`tests.support.setuptools_shim`. Where a test lists the files of an sdist one by one, uniqver's two are extra.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tarfile
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from tests.support import setuptools_shim
from tests.support.run import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not os.environ.get("TEST_UNIQVER_SETUPTOOLS"), reason="takes ten minutes: set TEST_UNIQVER_SETUPTOOLS=1"
)

NEEDED = (
    "pytest", "pytest-xdist", "pytest-timeout", "pytest-home", "pytest-subprocess", "coverage", "path", "filelock",
    "virtualenv", "wheel", "build[virtualenv]", "jaraco.envs", "jaraco.path", "jaraco.test", "ini2toml[lite]", "tomli-w",
)  # fmt: skip

EXPECTED = re.compile(
    # lists each file of an sdist: with uniqver there are a version file and uniqver.json too
    r"test_build_meta\.py::\w+::test_build_with_pyproject_config\["
    # fails with setuptools' own backend as well, since pyproject-hooks hands on warnings of backends under a name of its own
    r"|::TestCustomBuildPy::test_safeguarded_from_errors "
)


@pytest.fixture
def checkout(wheelhouse: Path, tmp_path: Path) -> tuple[Path, Path, dict[str, str]]:
    """setuptools' sdist with the shim in its place, a Python with what its tests need, and their variables."""
    release = f"setuptools=={version('setuptools')}"
    pip = (sys.executable, "-m", "pip", "-q")
    run(
        *pip,
        "download",
        "--no-deps",
        "--no-build-isolation",
        "--no-binary",
        ":all:",
        "-d",
        tmp_path,
        release,
        cwd=tmp_path,
    )
    (archive,) = tmp_path.glob("setuptools-*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, filter="data")
    source = tmp_path / archive.name.removesuffix(".tar.gz")
    (wheel,) = wheelhouse.glob("setuptools-*.whl")
    staged = tmp_path / "staged"  # what each environment of the tests finds besides setuptools
    (uniqver,) = wheelhouse.glob("uniqver-*.whl")
    run(*pip, "install", "--no-deps", "--target", staged, uniqver, "packaging", cwd=tmp_path)
    shutil.copy2(setuptools_shim.__file__, staged / "uniqver_shim.py")
    for name in ("test_build_meta.py", "test_editable_install.py"):
        test = source / "setuptools/tests" / name
        test.write_text(
            test.read_text(encoding="utf-8").replace("setuptools.build_meta", "uniqver_shim"), encoding="utf-8"
        )
    fixtures = source / "setuptools/tests/fixtures.py"
    created = "        created = env.create()\n        (next(Path(env.dir).glob('lib/*/site-packages')) / 'shim.pth')"
    text = fixtures.read_text(encoding="utf-8").replace(
        "        return env.create()\n", f"{created}.write_text({str(staged)!r})\n        return created\n"
    )
    fixtures.write_text(text, encoding="utf-8")
    environment = tmp_path / "environment"
    run("uv", "venv", "-q", "--python", sys.executable, environment, cwd=tmp_path)
    python = environment / "bin/python"
    run("uv", "pip", "install", "-q", "--python", python, release, *NEEDED, cwd=tmp_path)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_NO", "UNIQVER", "PYTEST"))}
    return (
        source,
        python,
        {**clean, "PYTHONPATH": f"{source}{os.pathsep}{staged}", "PRE_BUILT_SETUPTOOLS_WHEEL": str(wheel)},
    )


@pytest.mark.skipif(os.name == "nt", reason="the environments are put together for POSIX")
@pytest.mark.parametrize("name", ["test_build_meta.py", "test_editable_install.py"])
def test_setuptools_own_tests(checkout: tuple[Path, Path, dict[str, str]], name: str) -> None:
    """No test fails but those that list every file of an sdist; of ``test_build_meta`` both backends are run."""
    source, python, env = checkout
    words = (python, "-m", "pytest", "-q", "-n2", "--no-header", "-p", "no:cacheprovider", f"setuptools/tests/{name}")
    done = run(*words, cwd=source, env=env, ok=False, seconds=3000)
    print(done.stdout[-300:])
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    assert [line for line in failed if not EXPECTED.search(f"{line} ")] == [], done.stdout[-6000:]
    assert len(failed) == 4 or name != "test_build_meta.py"
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= (190 if name == "test_build_meta.py" else 40)
