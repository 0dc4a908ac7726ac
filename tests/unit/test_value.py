"""Frozen values."""

from __future__ import annotations

import pytest

from uniqver.model.value import Value, fields, replace


class Point(Value):
    """Two numbers."""

    x: int
    y: int = 2


def test_fields_and_defaults() -> None:
    """A field that isn't given has its default, and fields keep their order."""
    assert (Point(x=1).x, Point(x=1).y, Point(y=3, x=1).y) == (1, 2, 3)
    assert fields(Point) == ("x", "y")
    assert repr(Point(x=1)) == "Point(x=1, y=2)"


def test_equal_fields_are_equal_values() -> None:
    """Values compare and hash by class and fields."""
    assert Point(x=1) == Point(x=1, y=2)
    assert hash(Point(x=1)) == hash(Point(x=1, y=2))
    assert Point(x=1) != Point(x=2)
    assert Point(x=1) != (1, 2)


def test_nothing_can_be_set_or_deleted() -> None:
    """A value can't be changed, nor get a field that it doesn't have."""
    point = Point(x=1)
    with pytest.raises(AttributeError, match="frozen: x"):
        point.x = 5  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen: z"):
        point.z = 5
    with pytest.raises(AttributeError, match="frozen: x"):
        del point.x
    assert point.x == 1


@pytest.mark.parametrize(("given", "said"), [({}, "needs x"), ({"x": 1, "z": 2}, "no field 'z'")])
def test_wrong_fields_are_refused(given: dict[str, int], said: str) -> None:
    """A missing field and an unknown one are errors that name it."""
    with pytest.raises(TypeError, match=said):
        Point(**given)


def test_replace_changes_a_copy() -> None:
    """``replace`` leaves the value as it was, and knows its fields."""
    point = Point(x=1)
    assert replace(point, y=7) == Point(x=1, y=7)
    assert point.y == 2
    with pytest.raises(TypeError, match="no field"):
        replace(point, z=7)
