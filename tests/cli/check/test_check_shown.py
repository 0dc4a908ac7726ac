"""How ``uniqver check`` reads: at 80 columns, for GitHub, and how full the project is."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.distributions import sdist, wheel
from tests.support.terminal import needs_terminal, run_on_terminal

from uniqver.cli.check import annotate, as_markdown, as_text
from uniqver.cli.check.pipeline import Report, quota_of
from uniqver.cli.check.rules import Finding
from uniqver.index import Catalog, IndexFile, Listing
from uniqver.index.profiles import DEVPI

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.check.conftest import Said
    from tests.servers.pypi_like import PypiLike

GIB = 1024**3
LONG = "dist/an_uncommonly_long_name-1.4.1.dev41201-cp311-cp311-manylinux_2_17_x.whl"
"""A file name of 70 characters, in a folder."""


@needs_terminal
def test_long_names_at_80_columns(dist: Path, index: PypiLike) -> None:
    """One block for each file; no line is longer than the terminal, and no name of a file is broken."""
    name = "an-uncommonly-long-name"
    files = [
        wheel(dist, name, "1.4.1.dev41201", tag="cp311-cp311-macosx_11_0_arm64"),
        wheel(dist, name, "1.4.1.dev41201", tag="cp311-cp311-linux_x86_64"),
        sdist(dist, name, "1.4.1.dev41201"),
    ]
    assert max(len(file.name) for file in files) == 72
    index.put(files[2].name, b"other")
    words = [f"dist/{file.name}" for file in files]
    command = [sys.executable, "-m", "uniqver", "check", "--index", index.simple_url, *words]
    code, shown = run_on_terminal(*command, cwd=dist.parent, env={"COLUMNS": "80"})
    assert code == 1
    assert "\x1b[32mfree" in shown
    assert "\x1b[1;31mconflict" in shown
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.partition("\x1b[?25h")[2]).splitlines()
    assert max(map(len, lines)) <= 80
    for word in words:
        assert sum(line.strip().endswith(word) for line in lines) >= 1
    assert [line for line in lines if line.startswith("  fix: ")] != []


def test_a_table_where_it_fits_and_blocks_where_not() -> None:
    """The same findings at two widths; nothing is lost in either."""
    findings = [Finding("refused", "too [red]big\x1b", "make it smaller", (LONG,))]
    wide, narrow = as_text(findings, width=140), as_text(findings, width=80)
    assert wide.splitlines()[0].startswith("verdict")
    assert narrow.splitlines() == ["refused", f"  {LONG}", "  too [red]big\\x1b", "  fix: make it smaller"]
    too_long = Finding("refused", "no", f"auditwheel repair {LONG}   (or cibuildwheel)", (LONG,))
    assert [line.strip() for line in as_text([too_long], width=60).splitlines()].count(LONG) == 2  # whole, to be copied
    short = as_text([findings[0]._replace(files=("dist/a.whl",))], width=80)
    assert short.splitlines()[0].split()[:2] == ["verdict", "file"]


def test_annotations_escape_what_github_would_read() -> None:
    """A level for each verdict; commas, colons and line breaks can't leave their place."""
    report = Report(
        (
            Finding("free", "fine", "upload", ("a.whl",)),
            Finding("conflict", "100% other\nbytes", "build", ("dist/a,b:c.whl",)),
            Finding("unknown", "?", "ask", ("b.whl",)),
        ),
        (),
        (Finding("warning", "acme: 9.0 GiB of 10.0 GiB used"),),
    )
    conflict, unknown, quota = annotate(report)
    assert conflict.startswith("::error file=dist/a%2Cb%3Ac.whl,title=uniqver check%3A conflict::")
    assert "100%25 other\\nbytes%0Afix: build" in conflict
    assert unknown.startswith("::warning ")
    assert quota.startswith("::warning title=uniqver check%3A quota::acme: 9.0 GiB of 10.0 GiB used")


def test_the_summary_is_a_table_in_which_nothing_is_markup() -> None:
    """Pipes, tags and backticks of a name stay what they are."""
    report = Report((Finding("refused", "a|b <b> `c`", "*d*", ("x|y.whl",)),), (Finding("note", "n"),))
    row = as_markdown(report).splitlines()[4]
    assert row == "| refused | <code>x&#124;y.whl</code> | a&#124;b &#60;b&#62; &#96;c&#96; | &#42;d&#42; |"


def test_github_gets_both(
    dist: Path, index: PypiLike, check: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Annotations on stderr, so that --json stays JSON; the summary is added to its file."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    file = wheel(dist, tag="cp311-cp311-linux_x86_64")
    said = check("--json", "--github", "--index", index.simple_url, file)
    assert said.verdicts == {file.name: "refused"}
    assert "::error file=" in said.err
    assert summary.read_text().startswith("before\n### uniqver check\n")
    assert file.name in summary.read_text().replace("&#95;", "_")


def test_the_output_says_how_full_the_project_is(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """One line for each project that gets files; it counts what is free, not what is there."""
    index.put("sample-0.9.tar.gz", bytes(2 * 1024 * 1024))
    file = wheel(dist)
    said = check("--index", index.simple_url, file)
    kib = file.stat().st_size / 1024
    assert f"note: sample: 2.0 MiB of 10.0 GiB used, this upload adds {kib:.1f} KiB, room for " in said.out
    assert "used, this upload adds" not in check("--index", index.simple_url, wheel(dist, "new")).out


def adding(size: int, listing: Listing) -> Catalog:
    """An index that gets a file."""
    catalog = Catalog(listing)
    catalog.add(IndexFile("acme-1.1.tar.gz", size=size, pending=True))
    return catalog


@pytest.mark.parametrize(
    ("used", "adds", "left", "tight"),
    [(1, GIB, 8, False), (8 * GIB, GIB, 1, False), (9 * GIB, GIB // 4, 3, True), (10 * GIB, GIB, 0, True)],
)
def test_what_is_left(used: int, adds: int, left: int, tight: bool) -> None:
    """A warning once less than a tenth is left after the upload."""
    quota = quota_of(adding(adds, Listing("acme", (IndexFile("acme-1.0.tar.gz", size=used),))))
    assert quota is not None
    assert f"room for {left} more of this size" in quota.reason
    assert (quota.verdict == "warning") == tight
    assert ("uniqver prune" in quota.reason) == tight


def test_no_limit_is_made_up() -> None:
    """A project over the limit had it raised; other indexes have limits of their own; sizes may not be shown."""
    full = Listing("acme", (IndexFile("acme-1.0.tar.gz", size=11 * GIB),))
    raised = quota_of(adding(GIB, full))
    assert raised is not None
    assert raised.line == "note: acme: 11.0 GiB used, this upload adds 1.0 GiB"
    there = quota_of(adding(GIB, Listing("acme", (IndexFile("acme-1.0.tar.gz", size=5),), profile=DEVPI)))
    assert there is not None
    assert there.line == "note: acme: 0.0 KiB used, this upload adds 1.0 GiB"
    assert quota_of(adding(GIB, Listing("acme", (IndexFile("acme-1.0.tar.gz"),)))) is None
    assert quota_of(adding(GIB, Listing("acme"))) is None
