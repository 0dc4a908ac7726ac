"""The settings of a project, as values."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from uniqver.model.value import Value, replace

if TYPE_CHECKING:
    from typing import TypedDict

    from uniqver.model.decision import Bump, Segment, Source

    class Settings(TypedDict, total=False):
        """The fields of :class:`Config` that something sets."""

        source: Source | Literal["auto"]
        base: str | None
        bump: Bump
        segment: Segment
        tag_prefix: str | None
        root: str
        version_file: str | Literal[False] | None
        workflow: str | None
        offset: int
        local: bool
        counter: str
        sdist_files: SdistFiles
        index: str | None
        branches: tuple[BranchRule, ...]
        paths: tuple[str, ...]
        strict: bool


SdistFiles = Literal["manifest", "tracked"]


class BranchRule(Value):
    """What ``branches`` says for the branches whose name matches ``pattern``."""

    pattern: str
    """Shell pattern, as :func:`fnmatch.fnmatchcase` reads it (``*`` takes slashes too): ``release/*``."""
    settings: Settings

    @property
    def names_one_branch(self) -> bool:
        """Whether the pattern is a plain name, so that it can match no second branch."""
        return not any(sign in self.pattern for sign in "*?[")


class Config(Value):
    """The settings of one project. The README's table says what each means."""

    source: Source | Literal["auto"] = "auto"
    base: str | None = None
    """Normalized PEP 440, with neither a dev nor a local part."""
    bump: Bump = "patch"
    segment: Segment = "dev"
    tag_prefix: str | None = None
    """``None``: ``v`` or nothing."""
    root: str = "."
    version_file: str | Literal[False] | None = None
    """``None``: found by the project's name; ``False``: none is written."""
    workflow: str | None = None
    offset: int = 0
    local: bool = True
    counter: str = "local"
    sdist_files: SdistFiles = "manifest"
    index: str | None = None
    branches: tuple[BranchRule, ...] = ()
    """Without what a variable overrides: a variable stands above the rules as above the table."""
    paths: tuple[str, ...] = ()
    """Relative to the repository's root."""
    strict: bool = False

    def on_branch(self, branch: str | None) -> tuple[Config, BranchRule | None]:
        """Return the settings for ``branch`` (first matching rule wins) and the rule that matched."""
        for rule in self.branches:
            if branch is not None and fnmatchcase(branch, rule.pattern):
                return replace(self, **rule.settings), rule
        return self, None
