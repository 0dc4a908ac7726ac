"""Which version a build gets: the only place where precedence lives."""

from uniqver.resolve.request import Request
from uniqver.resolve.steps import resolve

__all__ = ["Request", "resolve"]
