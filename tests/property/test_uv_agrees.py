"""uv reads our versions as they are, and orders them as packaging does.

uv is a program with a PEP 440 of its own. For each neighbouring pair of a sorted list there is a package with
both versions as tiny wheels in one folder; one resolution then has to pick the higher of each pair, and
prints it. So it shows that uv takes every version (one that it can't read is never picked), prints it
unchanged, and that its order agrees on every pair; since the pairs chain, on the whole list.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from uniqver.model.bases import choose_base
from uniqver.model.versions import MAX_NUMBER, compose, local_part
from uniqver.resolve.numbers import number_of_run

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.model.decision import Bump, Segment

SEGMENTS: list[Segment] = ["dev", "a", "b", "rc", "post"]
BUMPS: list[Bump] = ["patch", "minor", "major"]
TAGS = ["1.4.0", "1.4.1rc1", "2.0", "2.0.dev0", "1.4.0.post2", "1!0.9", "2026.11.22", "1.2.3.4", "2.0a1.dev0"]


def wheel(folder: Path, name: str, version: str) -> None:
    """Write the smallest wheel that a resolver reads."""
    stem = f"{name}-{version}"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")


def picked_by_uv(folder: Path, names: list[str]) -> dict[str, str]:
    """Return the version of each package that uv resolves to, from the wheels in ``folder``."""
    uv = shutil.which("uv")
    assert uv, "the tests need uv: it is in the test requirements"
    done = subprocess.run(
        [uv, "pip", "compile", "--no-index", "--find-links", str(folder), "--prerelease", "allow", "--offline",
         "--no-cache", "--no-header", "--no-annotate", "--quiet", "-"],
        input="\n".join(names), capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "==" in line]
    return dict(line.split("==") for line in lines)


def sample() -> list[str]:
    """Return versions of every kind that uniqver makes, sorted by packaging, none equal to another."""
    chance = random.Random(3)
    found: set[str] = set()
    for tag in TAGS:
        found.add(tag)
        for segment in SEGMENTS:
            if segment == "post" and Version(tag).dev is not None:
                continue
            base = choose_base(Version(tag), None, chance.choice(BUMPS), segment).version
            run = chance.randrange(1, 10**6)
            for number in (
                number_of_run(run, 1),
                number_of_run(run, 2),
                number_of_run(run + 1, 1),
                number_of_run(34_180_115_486 + run, 1),
                20261122235959,
                MAX_NUMBER - chance.randrange(5),
            ):
                found.add(compose(base, segment, number))
            commit = f"{chance.getrandbits(160):040x}"
            found.add(compose(base, segment, 3, local_part(commit, None)))
            found.add(compose(base, segment, 3, local_part("0" * 12, commit)))
            found.add(compose(base, segment, 3, f"t{commit[:12]}"))
    return [str(version) for version in sorted(set(map(Version, found)))]


def test_uv_takes_the_higher_of_every_pair(tmp_path: Path) -> None:
    """For each two neighbours of a sorted sample uv resolves to the higher, and prints it as we do."""
    versions = sample()
    assert len(versions) > 300
    assert all(str(Version(version)) == version for version in versions)
    expected: dict[str, str] = {}
    for index, (lower, higher) in enumerate(pairwise(versions)):
        name = f"pair{index}"
        wheel(tmp_path, name, lower)
        wheel(tmp_path, name, higher)
        expected[name] = higher
    assert picked_by_uv(tmp_path, list(expected)) == expected


def test_uv_takes_the_lowest_too(tmp_path: Path) -> None:
    """The one version that is the higher of no pair is read as well."""
    lowest = sample()[0]
    wheel(tmp_path, "lowest", lowest)
    assert picked_by_uv(tmp_path, ["lowest"]) == {"lowest": lowest}


@pytest.mark.parametrize("version", [f"1.0.dev{2**64}", f"{2**64}.0"])
def test_why_numbers_are_limited(tmp_path: Path, version: str) -> None:
    """uv doesn't take what needs more than 64 bits, which packaging does: hence the limit at 63."""
    assert str(Version(version)) == version
    wheel(tmp_path, "big", version)
    with pytest.raises(AssertionError, match="big"):
        picked_by_uv(tmp_path, ["big"])
