"""What git lists of tags, read as text."""

from __future__ import annotations

import pytest

from uniqver.vcs.describe import tag_names, tags_beside

ONE, TWO, OBJECT = "1" * 40, "2" * 40, "3" * 40
LISTING = f"""\
{OBJECT} refs/tags/v1.0
{ONE} refs/tags/v1.0^{{}}
{ONE} refs/tags/v1.0rc1
{TWO} refs/tags/v1.1
{ONE} refs/tags/x/v1.0
"""


@pytest.mark.parametrize("tag", ["v1.0", "v1.0rc1", "x/v1.0"])
def test_tags_of_one_commit(tag: str) -> None:
    """Annotated or not, all tags of the commit are found by any of them."""
    assert set(tags_beside(LISTING, tag)) == {"v1.0", "v1.0rc1", "x/v1.0"}


def test_a_tag_on_its_own() -> None:
    """A tag with no other on its commit is alone; so is one that isn't listed."""
    assert tags_beside(LISTING, "v1.1") == ("v1.1",)
    assert tags_beside(LISTING, "v9") == ("v9",)
    assert tags_beside("", "v9") == ("v9",)


def test_names() -> None:
    """Each tag is named once, whether or not it has an object of its own."""
    assert tag_names(LISTING) == ["v1.0", "v1.0rc1", "v1.1", "x/v1.0"]
    assert tag_names("") == []
