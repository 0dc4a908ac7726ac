"""The quick NamedTuple does what typing's does."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import TYPE_CHECKING

import pytest

from uniqver import model

if TYPE_CHECKING:
    from collections.abc import Callable


class Quick(model.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: str | None = None

    @property
    def area(self) -> int:
        return self.x * self.y


class Plain(typing.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: str | None = None

    @property
    def area(self) -> int:
        return self.x * self.y


KINDS: tuple[typing.Any, ...] = (Quick, Plain)


@pytest.mark.parametrize(
    "use",
    [
        lambda kind: kind(1),
        lambda kind: kind(1, 3),
        lambda kind: kind(y=5, x=4),
        lambda kind: kind(1, name="a"),
        lambda kind: kind(1)._replace(name="b", x=7),
        lambda kind: kind(1, 2, "c")._asdict(),
        lambda kind: list(kind(1, 2, "c")),
        lambda kind: kind(3, 4).area,
        lambda kind: kind(3).x + kind(3)[1],
        lambda kind: repr(kind(1, name="it's")).partition("(")[2],
        lambda kind: hash(kind(1)) == hash(kind(1)) == hash((1, 2, None)),
        lambda kind: kind(1) == kind(1, 2) == (1, 2, None),
        lambda kind: kind(1) < kind(2),
        lambda kind: kind._fields,
        lambda kind: kind._field_defaults,
        lambda kind: kind.__doc__,
        lambda kind: copy.copy(kind(1)),
        lambda kind: copy.deepcopy(kind(1)),
        lambda kind: pickle.loads(pickle.dumps(kind(1))) == kind(1),
        lambda kind: type(kind(1)._replace(x=2)) is kind,
        lambda kind: hasattr(kind(1), "__dict__"),
        typing.get_type_hints,
    ],
)  # fmt: skip
def test_the_same_answers(use: Callable[[typing.Any], object]) -> None:
    """Whatever is done with a value gives what typing's gives."""
    quick, plain = map(use, KINDS)
    assert quick == plain


@pytest.mark.parametrize(
    "use",
    [
        lambda kind: kind(),
        lambda kind: kind(1, 2, "c", 4),
        lambda kind: kind(1, x=1),
        lambda kind: kind(1, z=1),
        lambda kind: kind(y=1, z=1),
    ],
)
def test_the_same_refusals(use: Callable[[typing.Any], object]) -> None:
    """Arguments that do not fit are a TypeError, as with typing's."""
    for kind in KINDS:
        with pytest.raises(TypeError):
            use(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_frozen(kind: typing.Any) -> None:
    """No field can be set, and none added."""
    with pytest.raises(AttributeError):
        kind(1).x = 2
    with pytest.raises(AttributeError):
        kind(1).other = 2
