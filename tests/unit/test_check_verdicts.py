"""``uniqver check``: the verdicts, from values alone."""

from __future__ import annotations

import sys
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.uploads import HERE, NOW, THERE, artifact, call_for, report_on

from uniqver.cli.check import exit_code
from uniqver.cli.check.pipeline import judge_all
from uniqver.cli.check.pypi import MAX_FILE_SIZE
from uniqver.cli.check.rules import Finding, Verdict
from uniqver.errors import UniqverError
from uniqver.index import Catalog, IndexFile, Listing, comparable
from uniqver.index.profiles import DEVPI, PROFILES, PYPISERVER, UNRECOGNIZED, Profile
from uniqver.model.provenance import CoreMetadata

if TYPE_CHECKING:
    from typing import TypeAlias

    from uniqver.cli.check.rules import Artifact

    Rules: TypeAlias = str | None


def found(file: Artifact, *files: IndexFile, rules: Rules = None, trouble: UniqverError | None = None) -> Finding:
    listing = Listing(project="foo", files=files, trouble=trouble)
    (finding,) = report_on([file], listing, rules=rules).findings
    return finding


def listed(filename: str, digests: dict[str, str] = THERE, *, age: int | None = 1, size: int = 10) -> IndexFile:
    uploaded = None if age is None else NOW - timedelta(days=age)
    return IndexFile(filename=filename, digests=digests, uploaded=uploaded, size=size)


def test_a_name_the_index_lacks_is_free() -> None:
    """An empty listing makes a sound file free, and the fix is the upload."""
    finding = found(artifact())
    assert finding.verdict == "free"
    assert finding.fix == "twine upload dist/foo-1.0-py3-none-any.whl"


def test_the_same_bytes_under_the_same_name_are_identical() -> None:
    """Equal hashes make the file identical, even where the release is closed for new files."""
    assert found(artifact(), listed(artifact().name.text, HERE, age=400)).verdict == "identical"


def test_other_bytes_under_the_same_name_are_a_conflict_that_names_the_next_version() -> None:
    """The fix of a conflict holds a version that the index doesn't list."""
    finding = found(artifact(), listed("foo-1.0-py3-none-any.whl"), listed("foo-1.0.4.tar.gz"))
    assert finding.verdict == "conflict"
    assert "UNIQVER_VERSION=1.0.5" in finding.fix


def test_a_name_without_hash_is_unknown() -> None:
    """Without a hash nobody can tell identical from conflict, so it's neither, and never free."""
    assert found(artifact(), listed("foo-1.0-py3-none-any.whl", {})).verdict == "unknown"


def test_trouble_with_the_index_is_unknown_and_says_why() -> None:
    """An index that couldn't be asked makes a file unknown, with the index's trouble as the reason."""
    finding = found(artifact(), trouble=UniqverError(what="the index is down", fix="wait"))
    assert (finding.verdict, finding.reason, finding.fix) == ("unknown", "the index is down", "wait")


def test_a_rule_that_the_file_alone_breaks_stands_even_where_the_index_is_down() -> None:
    """A local version is refused, whether or not the index answers."""
    trouble = UniqverError(what="the index is down", fix="wait")
    assert found(artifact("foo-1.0+x-py3-none-any.whl"), trouble=trouble).verdict == "refused"


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (artifact("foo-1.0+g1-py3-none-any.whl"), "local version"),
        (artifact("Foo-1.0-py3-none-any.whl"), "is not normalized"),
        (artifact("foo-01.0.tar.gz"), "is not normalized"),
        (artifact("foo-1.0-cp311-cp311-macosx_12_1_arm64.whl"), "platform tag macosx_12_1_arm64"),
        (artifact("foo-1.0-cp311-cp311-manylinux_2_17_mips64.whl"), "platform tag manylinux_2_17_mips64"),
        (artifact("foo-1.0-cp313-cp313-pyodide_2025_0_wasm32.whl"), "platform tag pyodide_2025_0_wasm32"),
        (artifact("foo-1.0.zip"), "is a .zip"),
        (artifact(f"foo-1.0-py3-none-{'.'.join(f'manylinux_2_{n}_x86_64' for n in range(10, 24))}.whl"), "bytes"),
        (artifact("foo-1.0-cp311-cp311-linux_x86_64.whl"), "platform tag linux_x86_64"),
        (artifact("foo-1.0-cp311-cp311-beos_x86.whl"), "platform tag beos_x86"),
        (artifact(metadata_version="2.0"), "Metadata-Version is 2.0"),
        (artifact(size=MAX_FILE_SIZE + 1), "100 MiB"),
        (artifact(compression=zipfile.ZIP_BZIP2), "packed in a way"),
    ],
)
def test_a_file_that_breaks_a_rule_of_pypi_is_refused_there_and_only_there(file: Artifact, word: str) -> None:
    """The reason names the rule, and an index without PyPI's rules takes the file."""
    finding = found(file)
    assert finding.verdict == "refused"
    assert word in finding.reason
    assert found(file, rules="names").verdict == "free"


@pytest.mark.parametrize(
    "filename",
    [
        "foo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "foo-1.0-cp311-cp311-musllinux_1_2_aarch64.whl",
        "foo-1.0-cp311-cp311-macosx_11_0_arm64.whl",
        "foo-1.0-cp311-cp311-win_amd64.whl",
        "foo-1.0-cp311-cp311-linux_armv7l.whl",
        "foo-1.0-cp313-cp313-ios_13_0_arm64_iphoneos.whl",
        "foo-1.0-cp313-cp313-android_21_arm64_v8a.whl",
        "foo-1.0-cp313-cp313-pyemscripten_2026_0_wasm32.whl",
        "foo-1.0-cp311-cp311-macosx_10_9_universal2.whl",
        "foo-2024.07.04-py3-none-any.whl",
    ],
)
def test_platform_tags_that_pypi_takes_are_free(filename: str) -> None:
    """No family of tags that PyPI takes is refused."""
    assert found(artifact(filename)).verdict == "free"


def test_the_limits_that_the_index_shows_to_be_lifted_are_not_applied() -> None:
    """A listed file over the limit shows that the project may have such files."""
    big = artifact(size=MAX_FILE_SIZE + 1)
    assert found(big, listed("foo-0.9.tar.gz", size=MAX_FILE_SIZE + 2)).verdict == "free"


def test_a_project_over_its_size_is_refused_unless_it_is_over_already() -> None:
    """The 10 GiB count together with what is listed; a project that has more had its limit lifted."""
    full = [listed(f"foo-0.{n}.tar.gz", size=10 * 1024**3 // 4) for n in range(4)]
    assert "10 GiB" in found(artifact(), *full).reason
    assert found(artifact(), *full, listed("foo-0.9.tar.gz")).verdict == "free"


def test_the_same_bytes_under_another_name_are_refused() -> None:
    """PyPI looks for the bytes too, not only for the name."""
    finding = found(artifact(), listed("foo-0.9-py3-none-any.whl", HERE))
    assert finding.verdict == "refused"
    assert "foo-0.9-py3-none-any.whl" in finding.reason


def test_a_file_of_the_release_without_hash_may_hide_the_same_bytes() -> None:
    """Where an index lists a wheel of the release without a hash, another wheel of it is never taken for free."""
    other = listed("foo-1.0-py2.py3-none-any.whl", {})
    assert found(artifact(), other).verdict == "unknown"
    assert found(artifact("foo-1.0.tar.gz"), other).verdict == "free"
    assert found(artifact(), other, rules="names").verdict == "free"


def test_a_release_is_closed_after_14_days() -> None:
    """14 days and no more: on the day itself a new file is free, a day later it's refused."""
    assert found(artifact(), listed("foo-1.0.tar.gz", age=14)).verdict == "free"
    assert found(artifact(), listed("foo-1.0.0.tar.gz", age=15)).verdict == "refused"
    assert found(artifact(), listed("foo-0.9.tar.gz", age=500)).verdict == "free"


def test_the_first_file_of_a_release_counts_not_the_last() -> None:
    """A release is as old as its oldest file."""
    finding = found(artifact(), listed("foo-1.0.tar.gz", age=20), listed("foo-1.0-py2-none-any.whl", age=1))
    assert finding.verdict == "refused"


def test_a_release_whose_age_is_not_shown_is_unknown() -> None:
    """Where the index gives no times, a new file for a listed release is never taken for free."""
    assert found(artifact(), listed("foo-1.0.tar.gz", age=None)).verdict == "unknown"
    assert found(artifact(), listed("foo-1.0.tar.gz", age=None), rules="names").verdict == "free"


def test_a_second_sdist_of_a_release_is_refused() -> None:
    """1.0 and 1.0.0 are one release, and .zip and .tar.gz are both sdists."""
    finding = found(artifact("foo-1.0.tar.gz"), listed("foo-1.0.0.zip"))
    assert finding.verdict == "refused"
    assert "one for each release" in finding.reason


def test_a_malformed_file_is_refused_unless_the_index_has_it_already() -> None:
    """What is wrong with the file itself comes before an index's rules; but what it has, it took once."""
    broken = artifact(problems=("there is no RECORD",))
    for finding in (found(broken), found(broken, listed("foo-0.9.tar.gz"), rules="names")):
        assert (finding.verdict, finding.reason) == ("refused", "there is no RECORD")
    assert found(broken, listed(broken.name.text, HERE)).verdict == "identical"


@pytest.mark.parametrize(
    ("name", "version", "verdict"),
    [
        ("Foo", "1.0", "free"),
        ("foo", "1.0.0", "free"),
        ("bar", "1.0", "refused"),
        ("foo", "1.1", "refused"),
        ("foo", "x", "refused"),
        ("foo", None, "refused"),
        (None, "1.0", "refused"),
    ],
)
def test_a_renamed_file_is_refused_everywhere(name: str | None, version: str | None, verdict: str) -> None:
    """Name and version of the file name must be those of the metadata, however they are spelled."""
    file = artifact()
    metadata = CoreMetadata(metadata_version="2.4", name=name, version=version)
    finding = found(file._replace(content=file.content._replace(metadata=metadata)), rules="names")
    assert finding.verdict == verdict
    assert ("its METADATA has " in finding.reason) == (verdict == "refused")


def test_files_of_one_call_stand_against_each_other() -> None:
    """What an earlier file of the call takes, a later one can't have: sdist, bytes and name."""
    first = artifact("foo-1.0.tar.gz")
    second = artifact("foo-1.0.zip")._replace(digests=THERE)
    copied = artifact("foo-1.1.tar.gz")
    again = first._replace(path="other/foo-1.0.tar.gz")
    findings = report_on([first, second, copied, again], Listing(project="foo")).findings
    assert [finding.verdict for finding in findings] == ["free", "refused", "refused", "identical"]
    assert [finding.files for finding in findings] == [(file.path,) for file in (first, second, copied, again)]


def test_what_is_refused_takes_nothing_from_later_files() -> None:
    """A file that isn't going to be uploaded isn't in the way of another one."""
    first, second = artifact("foo-1.0.dev1.tar.gz"), artifact("foo-1.0.0.dev1.tar.gz")
    findings = report_on([first, second], Listing(project="foo"), release=True).findings
    assert ["--release" in finding.reason for finding in findings] == [True, True]


@pytest.mark.parametrize("profile", [DEVPI, PYPISERVER])
def test_an_index_that_shows_itself_is_asked_only_for_names_unless_told_otherwise(profile: Profile) -> None:
    """devpi and pypiserver take local versions, so a local version is free there, but not with --rules pypi."""
    listing = Listing(project="foo", profile=profile)
    local = artifact("foo-1.0+x-py3-none-any.whl")
    report = report_on([local], listing)
    assert report.findings[0].verdict == "free"
    assert [note.reason.startswith(f"the index is {profile.name}, ") for note in report.notes] == [True]
    report = report_on([local], listing, rules="pypi")
    assert report.findings[0].verdict == "refused"
    assert report.notes == ()


def test_the_same_bytes_get_an_error_from_pypiserver() -> None:
    """It refuses every name that it has: identical is still no reason to worry, but a client will complain."""
    listing = Listing(project="foo", files=(listed(artifact().name.text, HERE),), profile=PYPISERVER)
    (finding,) = report_on([artifact()], listing).findings
    assert finding.verdict == "identical"
    assert finding.reason.endswith("though pypiserver answers it with an error")


@pytest.mark.parametrize(
    ("profile", "same", "local"),
    [
        ("pypi", "identical", "refused"),
        ("names", "identical", "free"),
        ("devpi", "identical", "free"),
        ("pypiserver", "identical", "free"),
        ("codeartifact", "identical", "unknown"),
        ("nexus", "unknown", "unknown"),
        ("artifactory", "unknown", "unknown"),
        ("azure", "unknown", "unknown"),
        ("gitlab", "unknown", "unknown"),
        ("google", "unknown", "unknown"),
        ("anaconda", "identical", "unknown"),
        ("cloudsmith", "unknown", "unknown"),
        ("gemfury", "unknown", "unknown"),
        ("gitea", "identical", "unknown"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_what_a_profile_does_not_know_is_unknown(profile: str, same: str, local: str) -> None:
    """Never free and never identical; other bytes under a taken name are a conflict everywhere."""
    listing = Listing(project="foo", files=(listed(artifact().name.text, HERE),), profile=PROFILES[profile])
    files = [
        artifact(),
        artifact(digests=THERE)._replace(path="b"),
        artifact("foo-1.0+x-py3-none-any.whl", digests={"sha256": "c" * 64}),
    ]
    found = report_on(files, listing).findings
    assert [finding.verdict for finding in found] == [same, "conflict", local]
    chosen = report_on(files, listing._replace(profile=UNRECOGNIZED), rules=profile).findings
    assert [finding.verdict for finding in chosen] == [finding.verdict for finding in found]


def test_what_pypi_would_refuse_is_unknown_where_nobody_knows_the_rules() -> None:
    """A sound file is free on any index; one that PyPI's rules stand against is neither free nor refused there."""
    listing = Listing(project="foo", profile=UNRECOGNIZED)
    files = [artifact(), artifact("foo-1.0-cp311-cp311-linux_x86_64.whl", digests=THERE)]
    report = report_on(files, listing)
    assert [finding.verdict for finding in report.findings] == ["free", "unknown"]
    assert "platform tag linux_x86_64" in report.findings[1].reason
    assert ["does not show what it is" in note.reason for note in report.notes] == [True]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("active", "free"), ("deprecated", "free"), ("archived", "refused"), ("quarantined", "unknown")],
)
def test_the_status_of_the_project_counts(status: str, verdict: str) -> None:
    """PEP 792: an archived project takes nothing, one in quarantine doesn't show its files."""
    (finding,) = report_on([artifact()], Listing(project="foo", status=status)).findings
    assert finding.verdict == verdict


def test_a_new_project_is_not_named_as_a_module_of_the_standard_library() -> None:
    """Of any Python, also of a removed module; a project that exists keeps its name."""
    for name, new in (("asyncio", True), ("distutils", True), ("xml-etree", True), ("asyncio", False), ("foo", True)):
        file = artifact(f"{name.replace('-', '_')}-1.0-py3-none-any.whl")
        (finding,) = report_on([file], Listing(project=name, is_new=new)).findings
        assert (finding.verdict == "refused") == (new and name != "foo"), name


def test_the_strongest_hash_is_compared() -> None:
    """sha256 wins over md5, whatever the order; an unknown algorithm is no hash."""
    assert comparable({"md5": "x", "sha256": "y"}) == "sha256"
    assert comparable({"md5": "x"}) == "md5"
    assert comparable({"crc32": "x"}) is None


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([], 0),
        (["free", "identical"], 0),
        (["free", "conflict"], 1),
        (["refused", "unknown"], 1),
        (["free", "unknown"], 3),
    ],
)
def test_exit_codes(verdicts: list[Verdict], code: int) -> None:
    """0 only if all are free or identical, 1 before 3."""
    assert exit_code(Finding(verdict, "") for verdict in verdicts) == code


def calls_to_judge(listing: Listing) -> int:
    """How many functions are called to judge files of each kind, once the listing was read."""
    files = [
        artifact("foo-1.0-py3-none-any.whl"),  # identical
        artifact("foo-1.1.dev3-py3-none-any.whl"),  # other bytes: the next free version is looked for
        artifact("foo-1.2-py3-none-any.whl", digests={"sha256": "c" * 64}),  # the same bytes have another name
        artifact("foo-1.0.tar.gz", digests={"sha256": "d" * 64}),  # a second sdist
        artifact("foo-3.0-py3-none-any.whl", digests={"sha256": "e" * 64}),  # free
    ]
    catalogs, call, calls = {"foo": Catalog(listing)}, call_for(files), 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        report = judge_all({file.path: file for file in files}, catalogs, call)
    finally:
        sys.setprofile(None)
    assert [found.verdict for found in report.findings] == ["identical", "conflict", "refused", "refused", "free"]
    return calls


def test_what_one_file_costs_does_not_depend_on_how_many_are_listed() -> None:
    """The listing is gone through once for each project, not for each file: counted, since time says little."""
    few = (
        listed("foo-1.0-py3-none-any.whl", HERE),
        listed("foo-1.1.dev3-py3-none-any.whl"),
        listed("foo-1.3-py3-none-any.whl", {"sha256": "c" * 64}),
        listed("foo-1.0.0.tar.gz", {"sha256": "f" * 64}),
    )
    more = (listed(f"foo-2.0.dev{number}-py3-none-any.whl", {"sha256": f"{number:064x}"}) for number in range(2000))
    calls_to_judge(Listing("foo", few))  # caches are filled
    assert calls_to_judge(Listing("foo", (*few, *more))) <= calls_to_judge(Listing("foo", few)) + 3 * 2000
