"""The verdict on each file. Pure: files and listings come in as values, outcomes go out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from uniqver.cli.check.next_version import next_free
from uniqver.cli.check.rules import FILE_RULES, LISTING_RULES, Case
from uniqver.cli.check.verdict import Finding, Outcome, Verdict
from uniqver.dists.artifact import Artifact, parse_name
from uniqver.index.listing import comparable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from uniqver.index.listing import IndexFile, Listing

RuleSet = Literal["pypi", "names"]
"""``pypi``: all of PyPI's rules. ``names``: only that a name, once taken, is taken."""


def judge_all(
    artifacts: Iterable[Artifact],
    listings: Mapping[str, Listing],
    rules: RuleSet | None,
    now: datetime,
) -> list[Outcome]:
    """Return an outcome for each of ``artifacts``, in their order.

    ``listings`` has one listing for each project. ``rules`` is what the user asked for; ``None`` is PyPI's, unless
    the index showed itself as software that doesn't have them. Files found free count as uploaded for those that
    come after them, since uploading one can get another of the same call refused.
    """
    coming = dict(listings)
    outcomes = []
    for artifact in artifacts:
        finding = judge(artifact, coming, rules, now)
        outcomes.append(Outcome(file=artifact.path, verdict=finding.verdict, reason=finding.reason, fix=finding.fix))
        if finding.verdict is Verdict.FREE and artifact.name is not None:
            project = artifact.name.project
            coming[project] = coming[project].with_pending(artifact.filename, artifact.digests, artifact.size)
    return outcomes


def judge(artifact: Artifact, listings: Mapping[str, Listing], rules: RuleSet | None, now: datetime) -> Finding:
    """Return what is found for one file: the first that applies of flaw, listed name, rule, trouble, free."""
    name = artifact.name
    if name is None:
        return Finding(
            verdict=Verdict.REFUSED,
            reason="this is neither the name of a wheel nor of an sdist",
            fix="give only the files that are to be uploaded: uniqver check dist/*.whl dist/*.tar.gz",
        )
    for flaw in artifact.flaws:
        if not flaw.pypi_only:
            return Finding(verdict=Verdict.REFUSED, reason=flaw.what, fix=flaw.fix)
    case = Case(artifact=artifact, name=name, listing=listings[name.project], now=now)
    pypi = (rules or _rules_of(case.listing)) == "pypi"
    for step in _steps(pypi=pypi):
        if found := step(case):
            return found
    return _free(case, pypi=pypi)


def _rules_of(listing: Listing) -> RuleSet:
    return "pypi" if listing.product is None else "names"


def _steps(*, pypi: bool) -> Iterable[Callable[[Case], Finding | None]]:
    yield _listed
    if pypi:
        yield from FILE_RULES
    yield _trouble
    if pypi:
        yield from LISTING_RULES


def _trouble(case: Case) -> Finding | None:
    trouble = case.listing.trouble
    if trouble is None:
        return None
    return Finding(verdict=Verdict.UNKNOWN, reason=trouble.what, fix=trouble.fix)


def _listed(case: Case) -> Finding | None:
    for file in case.listing.files:
        if file.filename == case.artifact.filename:
            return _same_name(case, file)
    return None


def _same_name(case: Case, file: IndexFile) -> Finding:
    algorithm = comparable(file.digests)
    if algorithm is None:
        return Finding(
            verdict=Verdict.UNKNOWN,
            reason="the index has this name, but gives no hash to compare with",
            fix=f"download it and compare, or build again as {_next(case)}",
        )
    here, there = case.artifact.digests[algorithm], file.digests[algorithm]
    if here == there:
        return _identical(case, file, algorithm)
    place = "an earlier file of this call has" if file.pending else "the index has"
    return Finding(
        verdict=Verdict.CONFLICT,
        reason=f"{place} this name with other bytes ({algorithm} {there[:12]}... there, {here[:12]}... here): "
        "the upload will be refused",
        fix=f"build again with a free version, the next is {_next(case)}: "
        f"uniqver gives every build its own, and UNIQVER_VERSION={_next(case)} sets it by hand",
    )


def _identical(case: Case, file: IndexFile, algorithm: str) -> Finding:
    place = "an earlier file of this call has" if file.pending else "the index has"
    reason = f"{place} these very bytes under this name ({algorithm}): uploading again changes nothing"
    if case.listing.product == "pypiserver":
        # Tried (FACTS: upload clients): it answers 400 or 409 to any name it has.
        reason += ", though pypiserver answers it with an error"
    return Finding(
        verdict=Verdict.IDENTICAL,
        reason=reason,
        fix="nothing to do; to leave such files out: uniqver check --print free dist/* | xargs -r twine upload",
    )


def _free(case: Case, *, pypi: bool) -> Finding:
    reason = "the index has no file of this name"
    if not case.listing.files:
        reason = f"the index has no file of {case.name.project}"
    if pypi:
        reason += ", and no rule of PyPI's stands against it that can be known here"
    return Finding(verdict=Verdict.FREE, reason=reason, fix=f"twine upload {case.artifact.path}")


def _next(case: Case) -> str:
    names = (parse_name(file.filename) for file in case.listing.files)
    listed = [name.version for name in names if name is not None]
    return str(next_free(case.name.version, listed))
