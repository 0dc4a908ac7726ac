"""Tells setuptools-scm the version of the build, by variables that it documents ("Overrides")."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

from uniqver.backend.variables import set_variables
from uniqver.vcs.setuptools_scm.overrides import pretended, suffix_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextlib.contextmanager
def handed_back(version: str, facts: Mapping[str, str | int | bool | None], *, project: str | None) -> Iterator[None]:
    """While this lasts, setuptools-scm takes ``version`` as the project's, and ``facts`` as what its tree is like.

    ``facts`` are fields of its ScmVersion: a template of a version file may ask for them. The user's own
    ``SETUPTOOLS_SCM_PRETEND_METADATA`` stays in force.
    """
    suffix = suffix_of(project)
    variables = {f"SETUPTOOLS_SCM_PRETEND_VERSION{suffix}": version}
    known = {name: value for name, value in facts.items() if value is not None}
    if known and pretended(os.environ, "METADATA", project) is None:
        variables[f"SETUPTOOLS_SCM_PRETEND_METADATA{suffix}"] = _inline_table(known)
    with set_variables(variables):
        yield


def commit_said(text: str) -> str | None:
    """Return the commit that a version file made from setuptools-scm's own template names. Pure."""
    match = re.search(r"^(?:__commit_id__ = )?commit_id = '([gjh][0-9a-f]+)'$", text, re.MULTILINE)
    return match[1] if match else None


def _inline_table(values: Mapping[str, str | int | bool]) -> str:
    """Return a TOML inline table; a date is a date there, and JSON's strings are TOML's."""
    import json  # only where something is told

    items = (
        f"{name} = {value if name == 'node_date' else json.dumps(value, ensure_ascii=False)}"
        for name, value in values.items()
    )
    return "{" + ", ".join(items) + "}"
