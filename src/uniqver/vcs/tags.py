"""How git is asked for tags, and what it lists. Pure.

``git show-ref --tags --dereference`` says each tag with its object, and with ``^{}`` behind it with its commit. The
listing stays text until somebody asks: with 20,000 tags it has 40,000 lines, and most builds want one of them.
"""

from __future__ import annotations

_TAGS = "refs/tags/"
_PEELED = "^{}"

_QUOTED = {ord(sign): f"\\{sign}" for sign in "*?[]\\"}
"""What git's globs know, each taken for itself."""


def tag_patterns(prefix: str | None) -> tuple[str, ...]:
    """Return the glob patterns that a release tag's name matches; those that match may yet name no version."""
    prefixes = ("v", "") if prefix is None else (prefix,)
    return tuple(prefix.translate(_QUOTED) + "[0-9]*" for prefix in prefixes)


def tags_beside(listing: str, tag: str) -> tuple[str, ...]:
    """Return the tags of the commit that ``tag`` is on, itself among them."""
    commit = _object_of(listing, f"{tag}{_PEELED}") or _object_of(listing, tag)
    if commit is None:
        return (tag,)
    here = f"{commit} {_TAGS}"
    found: list[str] = []
    start = listing.find(here)
    while start >= 0:  # without a copy of the listing: it may have megabytes
        end = listing.find("\n", start)
        found.append(listing[start + len(here) : end].removesuffix(_PEELED))
        start = listing.find(here, end)
    return tuple(found)


def tag_names(listing: str) -> list[str]:
    """Return all tags of the listing."""
    return [
        ref.removeprefix(_TAGS)
        for line in listing.splitlines()
        if not (ref := line.partition(" ")[2]).endswith(_PEELED)
    ]


def _object_of(listing: str, name: str) -> str | None:
    end = listing.find(f" {_TAGS}{name}\n")
    return listing[listing.rfind("\n", 0, end) + 1 : end] if end >= 0 else None
