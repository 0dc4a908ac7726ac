"""The build backend: the hooks of PEP 517 and PEP 660, each setuptools' own with a version put around it.

``uniqver.build_meta:__legacy__`` is around setuptools' backend for projects that name none. Frontends call each hook in a
process of its own: so a hook imports what it needs itself, and setuptools only once git is at work, or not at all.
"""

from __future__ import annotations

import errno
import functools
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ParamSpec, TypeAlias, TypeVar

from uniqver.backend import build_requirements
from uniqver.backend.environment import keep_what_is_imported
from uniqver.errors import UniqverError, of_system

if TYPE_CHECKING:
    ConfigSettings: TypeAlias = Mapping[str, str | list[str] | None] | None

_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENAMETOOLONG, errno.ELOOP)
"""Refusals of the system. Any other OSError may be a bug of setup.py, whose traceback its author needs."""

P = ParamSpec("P")
R = TypeVar("R")


def _hook(function: Callable[P, R]) -> Callable[P, R]:
    """The boundary: a foreseen error is printed and ends the process; a bug shows its traceback."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        keep_what_is_imported()
        try:
            return function(*args, **kwargs)
        except (UniqverError, OSError, SystemExit) as error:
            foreseen = error if isinstance(error, UniqverError) else _refusal(error)
            if foreseen is None:
                raise
            if foreseen is not error:
                sys.unraisablehook = lambda _: None  # an unfinished archive would complain
            print(f"uniqver: error: {foreseen}", file=sys.stderr, flush=True)  # noqa: T201
            raise SystemExit(1) from None

    return guarded


def _refusal(error: OSError | SystemExit) -> UniqverError | None:
    """Return the error for what the system refused; also if distutils made a line and an exit of it."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__context__
    if cause is None or cause.errno not in _REFUSED:
        return None
    return of_system(cause) if cause is error or str(cause.strerror) in str(error) else None


class _Backend:
    """The hooks around those of one of setuptools' two backends."""

    def __init__(self, *, legacy: bool) -> None:
        self._legacy = legacy

    @_hook
    def get_requires_for_build_sdist(self, config_settings: ConfigSettings = None) -> list[str]:
        """PEP 517: what else building an sdist needs."""
        return build_requirements("build_sdist", config_settings, legacy=self._legacy)

    @_hook
    def get_requires_for_build_wheel(self, config_settings: ConfigSettings = None) -> list[str]:
        """PEP 517: what else building a wheel needs."""
        return build_requirements("build_wheel", config_settings, legacy=self._legacy)

    @_hook
    def get_requires_for_build_editable(self, config_settings: ConfigSettings = None) -> list[str]:
        """PEP 660: what else an editable installation needs."""
        return build_requirements("build_editable", config_settings, legacy=self._legacy)

    @_hook
    def prepare_metadata_for_build_wheel(self, metadata_directory: str, config_settings: ConfigSettings = None) -> str:
        """PEP 517: make the ``.dist-info`` of the wheel in ``metadata_directory``; returns its name."""
        from uniqver.backend.build import prepared

        return prepared("prepare_metadata_for_build_wheel", metadata_directory, config_settings, legacy=self._legacy)

    @_hook
    def prepare_metadata_for_build_editable(
        self, metadata_directory: str, config_settings: ConfigSettings = None
    ) -> str:
        """PEP 660: make the ``.dist-info`` of the editable wheel in ``metadata_directory``; returns its name."""
        from uniqver.backend.build import prepared

        return prepared("prepare_metadata_for_build_editable", metadata_directory, config_settings, legacy=self._legacy)

    @_hook
    def build_sdist(self, sdist_directory: str, config_settings: ConfigSettings = None) -> str:
        """PEP 517: make an sdist in ``sdist_directory``; returns its file name."""
        from uniqver.backend.build import built

        return built("build_sdist", sdist_directory, config_settings, legacy=self._legacy)

    @_hook
    def build_wheel(
        self, wheel_directory: str, config_settings: ConfigSettings = None, metadata_directory: str | None = None
    ) -> str:
        """PEP 517: make a wheel in ``wheel_directory``; returns its file name."""
        from uniqver.backend.build import built

        return built("build_wheel", wheel_directory, config_settings, metadata_directory, legacy=self._legacy)

    @_hook
    def build_editable(
        self, wheel_directory: str, config_settings: ConfigSettings = None, metadata_directory: str | None = None
    ) -> str:
        """PEP 660: make an editable wheel in ``wheel_directory``; returns its file name."""
        from uniqver.backend.build import built

        return built("build_editable", wheel_directory, config_settings, metadata_directory, legacy=self._legacy)


_BACKEND = _Backend(legacy=False)
__legacy__ = _Backend(legacy=True)

get_requires_for_build_sdist = _BACKEND.get_requires_for_build_sdist
get_requires_for_build_wheel = _BACKEND.get_requires_for_build_wheel
get_requires_for_build_editable = _BACKEND.get_requires_for_build_editable
prepare_metadata_for_build_wheel = _BACKEND.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = _BACKEND.prepare_metadata_for_build_editable
build_sdist = _BACKEND.build_sdist
build_wheel = _BACKEND.build_wheel
build_editable = _BACKEND.build_editable
