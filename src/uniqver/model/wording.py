"""The lines that a build prints about its version, and small matters of wording. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from uniqver.errors import printable
from uniqver.model.decision import ORIGINS, Decision


def headline(decision: Decision) -> str:
    """Return the version of a build, and what proves it or is missing, in one line."""
    name = f"{decision.project or 'version'} {decision.version}"
    if decision.missing:
        first = decision.missing[0]
        return f"{name} is local: {first.what}; to publish: {first.fix}"
    if not decision.public:
        return f"{name} is local (from {ORIGINS[decision.origin]})"
    if decision.proof:
        return f"{name} is public: {', '.join(decision.proof)}"
    return f"{name} (from {ORIGINS[decision.origin]})"


def lines(decision: Decision) -> list[str]:
    """Return what a build prints: headline, warnings, and where to read more."""
    surprising = decision.warnings or (decision.missing and decision.own_run)  # not on a laptop, where local is normal
    see = ["see: uniqver help troubleshooting"] if surprising else []
    return [headline(decision), *(f"warning: {warning}" for warning in decision.warnings), *see]


def counted(number: int, noun: str) -> str:
    """Return ``1 commit``, ``2 commits``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return the first few of ``names``, each safe for a terminal."""
    more = f", … ({len(names)} in all)" if len(names) > most else ""
    return ", ".join(map(printable, names[:most])) + more


def suggestion(word: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Return ``; did you mean …?`` if ``word`` is close to a known one. A common ``prefix`` is shown, and not compared."""
    import difflib  # only when something is mistyped

    wanted = word.replace("_", "-") if word.islower() else word
    close = difflib.get_close_matches(wanted, list(known), n=1)
    return f"; did you mean {prefix}{close[0]}?" if close else ""
