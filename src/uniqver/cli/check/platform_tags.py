"""Platform tags of wheels that PyPI accepts: pypi/warehouse 6b62157, warehouse/forklift/legacy.py, read 2026-11-24."""

from __future__ import annotations

import re

_PLATFORMS = frozenset(
    [
        "any",
        "win32",
        "win_arm64",
        "win_amd64",
        "win_ia64",
        "linux_armv6l",
        "linux_armv7l",
        "manylinux1_x86_64",
        "manylinux1_i686",
        "manylinux2010_x86_64",
        "manylinux2010_i686",
        "manylinux2014_x86_64",
        "manylinux2014_i686",
        "manylinux2014_aarch64",
        "manylinux2014_armv7l",
        "manylinux2014_ppc64",
        "manylinux2014_ppc64le",
        "manylinux2014_s390x",
    ]
)
"""Platform tags that PyPI accepts as they are (L105)."""
_MACOS = frozenset(
    ["ppc", "ppc64", "i386", "x86_64", "arm64", "intel", "fat", "fat3", "fat64", "universal", "universal2"]
)
_MACOS_MAJOR = frozenset(["11", "12", "13", "14", "15", "26"])
_LINUX = frozenset(["x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"])
_FAMILIES: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"macosx_10_\d+_(.*)"), _MACOS),
    (re.compile(rf"macosx_(?:{'|'.join(sorted(_MACOS_MAJOR))})_0_(.*)"), _MACOS),
    (re.compile(r"musllinux_\d+_\d+_(.*)"), _LINUX),
    (re.compile(r"manylinux_\d+_\d+_(.*)"), _LINUX | {"ppc64"}),
    (re.compile(r"ios_\d+_\d+_(.*)_(?:iphoneos|iphonesimulator)"), frozenset({"arm64", "x86_64"})),
    (re.compile(r"android_\d+_(.*)"), frozenset({"armeabi_v7a", "arm64_v8a", "x86", "x86_64"})),
    (re.compile(r"pyemscripten_\d+_\d+_(wasm32)"), frozenset({"wasm32"})),
)
"""Families of platform tags, and the machines that PyPI accepts in each (L128-226)."""


def is_platform(tag: str) -> bool:
    """Tell whether PyPI accepts wheels with the platform tag ``tag``."""
    if tag in _PLATFORMS:
        return True
    return any(match[1] in machines for family, machines in _FAMILIES if (match := family.match(tag)))
