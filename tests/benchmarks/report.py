"""Turns measurements into a table in Markdown, JSON, and a chart in SVG."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.benchmarks.measure import Measured

BASELINES = ("static", "static, again", "setuptools.build_meta", "python -c pass")
OURS, THEIRS = "#1f6feb", "#8b949e"


class Group(NamedTuple):
    """Rows that were measured side by side."""

    title: str
    measured: dict[str, Measured]
    baseline: str
    """The name of the row that others are compared with."""
    git: float | None = None
    """Median of the bare git command in the same repository, in milliseconds."""
    budget: float | None = None
    """How much uniqver may take above the baseline, in milliseconds."""


class Report(NamedTuple):
    """All that one run measured."""

    machine: str
    groups: list[Group]


def markdown(report: Report) -> str:
    """Return the tables."""
    lines = [
        f"Measured on {report.machine}. Milliseconds, medians ± half the quartile distance; whole processes; CPU: processor time. "
        "Above: the median of what a command took more than the baseline in the same round.",
        "",
    ]
    for group in report.groups:
        lines += [f"### {group.title}", "", *_notes(group), *_table(group), ""]
    return "\n".join(lines)


def _notes(group: Group) -> Iterable[str]:
    if group.git is not None:
        yield f"`git describe --long --tags --dirty`: {group.git:.1f} ms."
        yield ""
    others = [name for name in group.measured if name not in (*BASELINES, "uniqver")]
    if others:
        ahead = group.measured["uniqver"].above <= min(group.measured[name].above for name in others)
        yield f"Ahead of every peer: {'yes' if ahead else 'no'}."
        yield ""


def _table(group: Group) -> Iterable[str]:
    base = group.measured[group.baseline]
    yield f"| | ms | above {group.baseline} | times {group.baseline} | times git | CPU | times {group.baseline} | MiB |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, row in group.measured.items():
        times_git = "" if group.git is None else f"{row.above / group.git:.1f}"
        memory = "" if row.memory is None else f"{row.memory:.0f}"
        verdict = ""
        if name == "uniqver" and group.budget is not None:
            verdict = f" (goal {group.budget:.0f}: {'met' if row.above <= group.budget else 'missed'})"
        yield (
            f"| {name} | {row.median:.1f} ± {row.spread:.1f} | {row.above:+.1f} ± {row.above_spread:.1f}{verdict} | {row.median / base.median:.2f} "
            f"| {times_git} | {row.cpu:.0f} | {row.cpu / base.cpu:.2f} | {memory} |"
        )


def write(report: Report, folder: Path) -> None:
    """Write ``benchmark.md``, ``benchmark.json`` and ``benchmark.svg`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.md").write_text(markdown(report), encoding="utf-8")
    (folder / "benchmark.json").write_text(json.dumps(as_json(report), indent=2), encoding="utf-8")
    (folder / "benchmark.svg").write_text(chart(report), encoding="utf-8")


def as_json(report: Report) -> dict[str, object]:
    """Return the report in the types of JSON."""
    groups = [
        {**group._asdict(), "measured": {name: row._asdict() for name, row in group.measured.items()}}
        for group in report.groups
    ]
    return {"machine": report.machine, "groups": groups}


class Bars(NamedTuple):
    """One block of a chart: what it shows, and a bar for each name."""

    title: str
    values: Mapping[str, float]
    """The shortest bar is the best."""
    form: str = "{:.0f} ms"
    """How a value is written beside its bar."""
    start: float = 0.0
    """The value of a bar of no length."""


def chart(report: Report) -> str:
    """Return bars of the milliseconds above the baseline, one block a group."""
    return drawn(Bars(group.title, _others(group)) for group in report.groups)


def picture(report: Report) -> str:
    """Return the chart of the README: a hook in a large repository, the command, and a whole build."""
    (hook,) = [
        g for g in report.groups if g.title.startswith("prepare_metadata_for_build_wheel") and "20,000 files" in g.title
    ]
    command = next(g for g in report.groups if g.title.startswith("the command"))
    build = next(g for g in report.groups if g.title.startswith("python -m build, isolated"))
    rows = {name: row.median / build.measured[build.baseline].median for name, row in build.measured.items()}
    return drawn(
        [
            Bars("A hook, in a repository of 20,000 files: more than with a static version", _others(hook)),
            Bars(
                "The version on the command line",
                {n: r.median for n, r in command.measured.items() if n not in BASELINES},
            ),
            Bars(
                "python -m build: times a static version",
                {name: row for name, row in rows.items() if name not in BASELINES},
                form="{:.2f}",
                start=1.0,
            ),
        ]
    )


def _others(group: Group) -> dict[str, float]:
    return {name: row.above for name, row in group.measured.items() if name not in BASELINES}


def drawn(blocks: Iterable[Bars]) -> str:
    """Return a chart in SVG, without anything that an index would not show: no scripts, no fonts, no links."""
    left, width, bar = 210, 420, 16
    y, parts = 10, []
    for block in blocks:
        if not block.values:
            continue
        longest = max(max(block.values.values()) - block.start, 0) or 1
        parts.append(f'<text x="10" y="{y + 12}" font-weight="bold">{escape(block.title)}</text>')
        y += 22
        for name, value in sorted(block.values.items(), key=lambda item: item[1]):
            length = max(1, (value - block.start) / longest * width)
            colour = OURS if name == "uniqver" else THEIRS
            parts.append(f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>')
            parts.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{bar - 3}" fill="{colour}"/>')
            parts.append(f'<text x="{left + length + 6:.1f}" y="{y + 12}">{block.form.format(value)}</text>')
            y += bar
        y += 12
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{y}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>", ""])
