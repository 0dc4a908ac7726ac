"""Frozen values that cost nothing to define.

A frozen, slotted dataclass takes about 0.9 ms to *define*, since it writes and compiles its methods anew in every
process (CPython 3.11, 16 fields); a hook would spend more time on the definitions than on git. These classes do the
same for type checkers (PEP 681) and for readers, and take 0.01 ms. Whatever is off a hook's path may stay a dataclass.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

if sys.version_info >= (3, 11):
    from typing import dataclass_transform
else:

    def dataclass_transform(**_: object):  # only type checkers read it
        """Stand in for the decorator of typing, which came with Python 3.11."""
        return lambda decorated: decorated


if TYPE_CHECKING:  # with a bound in quotes it takes 1.6 ms to make, more than all else in this file
    V = TypeVar("V", bound="Value")


@dataclass_transform(kw_only_default=True, frozen_default=True)
class _Fields(type):
    """Notes the annotated names of a class as its fields; what was assigned to them stays in the class as default.

    So no default may be a function: read from a value, it would be a method.
    """

    _fields: tuple[str, ...]
    _known: frozenset[str]
    _required: frozenset[str]

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> _Fields:
        # PEP 649: from Python 3.14 on annotations are no longer in the namespace but for "from __future__"
        annotations = namespace.get("__annotations__", {})
        assert isinstance(annotations, dict)  # noqa: S101
        made = super().__new__(cls, name, bases, namespace)
        made._fields = tuple(annotations)
        made._known = frozenset(annotations)
        made._required = frozenset(field for field in annotations if field not in namespace)
        return made


class Value(metaclass=_Fields):
    """The base of frozen values: keyword-only, compared by their fields, not inherited from further."""

    def __init__(self, **values: object) -> None:
        kind = type(self)
        if not kind._required <= values.keys() <= kind._known:
            unknown = [name for name in values if name not in kind._known]
            if unknown:
                raise TypeError(f"{kind.__name__} has no field {unknown[0]!r}")
            missing = [field for field in kind._fields if field in kind._required and field not in values]
            raise TypeError(f"{kind.__name__} needs {', '.join(missing)}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, _: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} can't be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} can't be deleted")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and _items(self) == _items(other)

    def __hash__(self) -> int:
        return hash((type(self), *_items(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in _items(self).items())})"


def replace(value: V, **changes: object) -> V:
    """Return a copy of ``value`` with some fields changed."""
    return type(value)(**{**_items(value), **changes})


def fields(kind: type[Value]) -> tuple[str, ...]:
    """Return the names of a value's fields, in order."""
    return kind._fields


def asdict(value: Value) -> dict[str, object]:
    """Return the fields of ``value`` by name; values inside it become dictionaries too."""
    return {name: asdict(part) if isinstance(part, Value) else part for name, part in _items(value).items()}


def _items(value: object) -> dict[str, object]:
    return {field: getattr(value, field) for field in type(value)._fields}  # type: ignore[attr-defined]
