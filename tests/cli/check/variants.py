"""Files that each meet one rule of PyPI's, from either side; the rule is quoted from pypi/warehouse 6b62157.

Each variant makes a wheel or an sdist of a project of its own. ``takes`` is what PyPI does with it, by the rule.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.distributions import core_metadata, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Variant(NamedTuple):
    """One file, and the rule that it meets."""

    rule: str
    takes: bool
    make: Callable[[Path, str], Path]
    """Makes the file in a folder, for a project of a given name."""


def variants() -> Iterator[Variant]:
    """Yield all of them."""
    yield from _metadata()
    yield from _platforms()
    yield from _names()
    yield from _archives()
    yield from _frames()
    yield from _licenses()
    yield from _entry_points()
    yield from _records()


def _with(extra: str, *, text: str = "", metadata_version: str = "2.4") -> list[Callable[[Path, str], Path]]:
    """Return makers of a wheel and an sdist, of a release and a dev build, with further metadata."""

    def maker(kind: Callable[..., Path], version: str) -> Callable[[Path, str], Path]:
        def make(folder: Path, name: str) -> Path:
            core = core_metadata(name, version, extra=extra, text=text, metadata_version=metadata_version)
            return kind(
                folder, name, version, metadata=core.replace("Summary: A sample\n", "") if "Summary:" in extra else core
            )

        return make

    return [maker(kind, version) for kind in (wheel, sdist) for version in ("1.0", "1.0.dev41201")]


# warehouse/forklift/metadata.py:28-59
_MAY_BE_DYNAMIC = (
    "Platform Supported-Platform Summary Description Description-Content-Type Keywords Home-Page "
    "Download-Url Author Author-Email Maintainer Maintainer-Email License License-Expression License-File "
    "Classifier Requires-Dist Requires-Python Requires-External Project-Url Provides-Extra Provides-Dist "
    "Obsoletes-Dist Requires Provides Obsoletes Import-Name Import-Namespace"
)

_METADATA: list[tuple[str, bool, str]] = [
    ("summary: 'field must be 512 characters or less'", True, f"Summary: {'x' * 512}\n"),
    ("summary: 'field must be 512 characters or less'", False, f"Summary: {'x' * 513}\n"),
    ("email: 'is not a valid email address'", True, "Author-email: A B <a@example.com>\n"),
    ("email: 'is not a valid email address'", True, "Author-email: nobody\n".replace("nobody", "a.b@example.org")),
    ("email: 'is not a valid email address'", False, "Author-email: not-an-address\n"),
    ("email: 'is not a valid email address'", False, "Author-email: A <a@localhost>\n"),
    ("email: 'is not a valid email address'", True, "Maintainer-email: A <a@@example.com>\n"),
    ("classifier: 'is not a valid classifier'", True, "Classifier: Programming Language :: Python :: 3\n"),
    ("classifier: 'is not a valid classifier'", False, "Classifier: Programming Language :: Snake\n"),
    ("classifier: 'is not a valid classifier'", False, "Classifier: Private :: Do Not Upload\n"),
    ("classifier: 'has been deprecated'", False, "Classifier: Natural Language :: Ukranian\n"),
    ("home-page: 'is not a valid url'", True, "Home-page: https://example.com/a?b=c\n"),
    ("home-page: 'is not a valid url'", True, "Home-page: UNKNOWN\n"),
    ("home-page: 'is not a valid url'", False, "Home-page: example.com\n"),
    ("home-page: 'is not a valid url'", False, "Home-page: git@example.com:a/b.git\n"),
    ("download-url: 'is not a valid url'", False, "Download-URL: ftp://example.com/x\n"),
    ("download-url: 'is not a valid url'", True, "Download-URL: http://example.com/x\n"),
    ("project-url: 'must be 32 characters or less'", True, f"Project-URL: {'x' * 32}, https://example.com\n"),
    ("project-url: 'must be 32 characters or less'", False, f"Project-URL: {'x' * 33}, https://example.com\n"),
    ("project-url: 'Must have a URL'", False, "Project-URL: Docs\n"),
    ("project-url: 'is not a valid url'", False, "Project-URL: Docs, docs.example.com\n"),
    ("project-url: 'Must have a label'", False, "Project-URL: , https://example.com\n"),
    ("requires-dist: 'Can't have direct dependency'", True, "Requires-Dist: foo>=1; python_version < '3.12'\n"),
    ("requires-dist: 'Can't have direct dependency'", False, "Requires-Dist: foo @ https://example.com/foo.whl\n"),
    ("requires-dist: 'Can't have direct dependency'", False, "Requires-Dist: foo @ git+https://example.com/foo\n"),
    ("requires-dist: 'is invalid' (packaging)", False, "Requires-Dist: foo >>1\n"),
    ("requires-python: 'is invalid' (packaging)", True, "Requires-Python: >=3.8,!=3.9.1\n"),
    ("requires-python: 'is invalid' (packaging)", False, "Requires-Python: garbage\n"),
    ("provides-extra: 'is invalid' (packaging)", False, "Provides-Extra: a b\n"),
    ("provides-dist: 'is invalid'", False, "Provides-Dist: foo bar\n"),
    ("obsoletes-dist: 'Can't have direct dependency'", False, "Obsoletes-Dist: foo @ https://example.com\n"),
    (
        "dynamic: 'is not a valid dynamic field'",
        True,
        "".join(f"Dynamic: {field}\n" for field in _MAY_BE_DYNAMIC.split()),
    ),
    ("dynamic: 'is not a valid dynamic field'", False, "Dynamic: Version\n"),
    ("dynamic: 'is not a valid dynamic field'", False, "Dynamic: Colour\n"),
    ("license: 'deprecated when License-Expression is present'", True, "License: MIT\n"),
    ("license: 'deprecated when License-Expression is present'", True, "License-Expression: MIT OR Apache-2.0\n"),
    ("license: 'deprecated when License-Expression is present'", False, "License: MIT\nLicense-Expression: MIT\n"),
    ("license-expression: 'is invalid' (packaging)", False, "License-Expression: My Own\n"),
    ("description-content-type: 'must be one of' (packaging)", False, "Description-Content-Type: text/html\n"),
]


def _metadata() -> Iterator[Variant]:
    for rule, takes, extra in _METADATA:
        for make in _with(extra):
            yield Variant(rule, takes, make)
    for version in ("1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "3.0"):
        for make in _with("", metadata_version=version)[::2]:
            yield Variant(
                "metadata-version: 'is not a valid metadata version'", version not in ("2.0", "2.6", "3.0"), make
            )
    for make in _with("License-Expression: MIT\n", metadata_version="2.1")[::2]:
        yield Variant("license-expression: 'introduced in metadata version 2.4' (packaging)", False, make)
    rst = "Description-Content-Type: text/x-rst\n"
    for make in _with(rst, text="Title\n==\n\n.. nonsense::\n"):
        yield Variant("description: 'failed to render'", False, make)
    for make in _with(rst, text="Title\n=====\n\nText.\n"):
        yield Variant("description: 'failed to render'", True, make)
    for version in ("1.0+local", "1.0.dev3+g12ab"):
        yield Variant("version: 'The use of local versions is not allowed'", False, _make(wheel, version=version))
        yield Variant("version: 'The use of local versions is not allowed'", False, _make(sdist, version=version))


def _make(kind: Callable[..., Path], **arguments: Any) -> Callable[[Path, str], Path]:
    return lambda folder, name: kind(folder, name, **arguments)


_TAKEN = (
    "any win32 win_amd64 win_arm64 linux_armv6l linux_armv7l manylinux1_x86_64 manylinux2010_i686 manylinux2014_ppc64 "
    "manylinux_2_17_x86_64.manylinux2014_x86_64 manylinux_2_28_riscv64 manylinux_2_17_ppc64 musllinux_1_2_aarch64 "
    "macosx_10_9_x86_64 macosx_10_16_universal2 macosx_11_0_arm64 macosx_26_0_arm64 macosx_10_6_intel ios_13_0_arm64_iphoneos "
    "ios_13_0_x86_64_iphonesimulator android_21_arm64_v8a android_24_x86 pyemscripten_2026_0_wasm32"
)
_NOT_TAKEN = (
    "linux_x86_64 linux_aarch64 win_arm macosx_11_1_arm64 macosx_12_3_x86_64 macosx_16_0_arm64 macosx_11_0_armv7 "
    "manylinux1_aarch64 manylinux2010_aarch64 manylinux2014_riscv64 manylinux_2_17_mips musllinux_1_1_ppc64 "
    "manylinux_2_17_x86_64.linux_x86_64 ios_13_0_armv7_iphoneos android_21_mips pyodide_2025_0_wasm32 "
    "emscripten_3_1_58_wasm32 freebsd_14_0_amd64 solaris_2_11_i86pc"
)


def _platforms() -> Iterator[Variant]:
    for tags, takes in ((_TAKEN, True), (_NOT_TAKEN, False)):
        for tag in tags.split():
            yield Variant("platform: 'has an unsupported platform tag'", takes, _make(wheel, tag=f"cp311-cp311-{tag}"))


def _named(
    kind: Callable[..., Path], version: str, spelled: str, ending: str, folder: str | None = None
) -> Callable[[Path, str], Path]:
    """Return a maker of a file of ``version`` whose name spells it otherwise."""

    def make(into: Path, name: str) -> Path:
        made = kind(into / "work", name, folder or version, metadata=core_metadata(name, version))
        return made.rename(into / f"{name}-{spelled}{ending}")

    return make


def _names() -> Iterator[Variant]:
    end = "-py3-none-any.whl"
    yield Variant(
        "wheel name: 'Version in filename should be'", True, _named(wheel, "2024.7.4", "2024.07.04", end, "2024.07.04")
    )
    yield Variant("wheel: 'WHEEL not found at'", False, _named(wheel, "2024.7.4", "2024.07.04", end))
    yield Variant("wheel: 'WHEEL not found at'", False, _named(wheel, "1.0", "1.0.0", end))
    yield Variant("wheel name: 'Version in filename should be'", True, _named(wheel, "1.0", "1.0.0", end, "1.0.0"))
    yield Variant(
        "sdist name: 'Filename is invalid, should be'", False, _named(sdist, "2024.7.4", "2024.07.04", ".tar.gz")
    )
    yield Variant("sdist name: 'Filename is invalid, should be'", False, _named(sdist, "1.0.post1", "1.0-1", ".tar.gz"))
    yield Variant("sdist name: 'Filename is invalid, should be'", False, _make(sdist, suffix=".zip"))
    yield Variant("sdist name: 'Filename is invalid, should be'", True, _make(sdist, version="1!2.0rc1"))
    yield Variant("wheel name: 'should contain the normalized project name'", True, _spelled(lambda name: name))
    yield Variant("wheel name: 'should contain the normalized project name'", False, _spelled(str.upper))
    yield Variant("wheel name: 'should contain the normalized project name'", False, _spelled(lambda name: f"{name}.x"))
    for extra, takes in ((0, True), (1, False)):
        yield Variant("wheel name: 'Filename is too long'", takes, _long(246 + extra))


def _long(length: int) -> Callable[[Path, str], Path]:
    """Return a maker of a wheel whose name has ``length`` bytes."""

    def make(folder: Path, name: str) -> Path:
        start = f"{name}-1.0-py3-none-any"
        left = length - len(start) - len(".whl")
        # ".any" has four bytes, ".win32" six: any even number, and the build tag for an odd one
        build = "" if left % 2 == 0 else "-10"
        left -= len(build)
        odd = left % 4 == 2
        tags = ".any" * ((left - 6 * odd) // 4) + ".win32" * odd
        return wheel(folder, name, filename=f"{name}-1.0{build}-py3-none-any{tags}.whl")

    return make


def _spelled(spell: Callable[[str], str]) -> Callable[[Path, str], Path]:
    def make(into: Path, name: str) -> Path:
        made = spell(name)
        built = wheel(
            into / "work", name, "1.0", metadata=core_metadata(made, "1.0"), without=("/METADATA", "/WHEEL", "/RECORD")
        )
        path = into / f"{made}-1.0-py3-none-any.whl"
        info = f"{made}-1.0.dist-info"
        members = {
            f"{info}/METADATA": core_metadata(made, "1.0"),
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": "".join(f"{info}/{file},,\n" for file in ("METADATA", "WHEEL", "RECORD")),
        }
        built.unlink()
        with zipfile.ZipFile(path, "w") as archive:
            for member, text in members.items():
                archive.writestr(member, text)
        return path

    return make


def _archives() -> Iterator[Variant]:
    for compression, takes in ((zipfile.ZIP_STORED, True), (zipfile.ZIP_BZIP2, False), (zipfile.ZIP_LZMA, False)):
        yield Variant("zip: 'does not use a supported compression type'", takes, _make(wheel, compression=compression))
    for member in ("WHEEL", "RECORD", "METADATA"):
        yield Variant(f"wheel: '{member} not found'", False, _make(wheel, without=(f"/{member}",)))
    yield Variant("sdist: 'PKG-INFO not found'", False, _make(sdist, without=("/PKG-INFO",)))
    yield Variant("sdist: 'Incorrect number of top-level directories'", False, _make(sdist, members={"other/x": b""}))
    yield Variant("sdist: 'Incorrect number of top-level directories'", False, _make(sdist, members={"setup.py": b""}))
    yield Variant("zip and tar: 'File is both a zip and a tar file'", False, _both)
    yield Variant("tar: 'File is not a tarfile'", False, _written(sdist, lambda data: b"hello"))
    yield Variant("zip: 'File is not a zipfile'", False, _written(wheel, lambda data: b"hello"))
    yield Variant("tar: 'File is not a tarfile'", False, _written(sdist, lambda data: data[: len(data) // 2]))
    yield Variant("tar: 'Sparse members are not allowed'", False, _sparse)
    for kind in (wheel, sdist):
        for text, takes in (
            (b"from pyarmor_runtime import __pyarmor__\n__pyarmor__(__name__, __file__, b'x')\n", False),
            (b"__pyarmor_enter__(1)\n", False),
            (b"# about __pyarmor__\n", True),
            (b"---BEGIN PYE FILE---\nx\n---END PYE FILE---\n", False),
            (b"---BEGIN PYE FILE---\n", True),
        ):
            yield Variant("scan: 'encrypted content is not allowed'", takes, _holding(kind, "m.py", text))
            yield Variant("scan: 'encrypted content is not allowed'", takes, _holding(kind, "m.PYE", text))
            yield Variant("scan: only .py and .pye", True, _holding(kind, "m.txt", text))


def _holding(kind: Callable[..., Path], member: str, content: bytes) -> Callable[[Path, str], Path]:
    def make(folder: Path, name: str) -> Path:
        top = name if kind is wheel else f"{name}-1.0"
        return kind(folder, name, members={f"{top}/{member}": content})

    return make


def _written(kind: Callable[..., Path], change: Callable[[bytes], bytes]) -> Callable[[Path, str], Path]:
    def make(folder: Path, name: str) -> Path:
        path = kind(folder, name)
        path.write_bytes(change(path.read_bytes()))
        return path

    return make


def _both(folder: Path, name: str) -> Path:
    """A tar file whose first member is the zip file, with the zip file's end at the end."""
    path = wheel(folder, name)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("x"))
    path.write_bytes(tar.getvalue() + path.read_bytes())
    return path


def _sparse(folder: Path, name: str) -> Path:
    path = sdist(folder, name)
    with tarfile.open(path) as archive:
        kept = [(member, archive.extractfile(member).read()) for member in archive]  # type: ignore[union-attr]
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for member, content in kept:
            archive.addfile(member, io.BytesIO(content))
        sparse = tarfile.TarInfo(f"{name}-1.0/sparse")
        sparse.pax_headers = {"GNU.sparse.map": "0,4", "GNU.sparse.size": "4", "GNU.sparse.name": f"{name}-1.0/sparse"}
        sparse.size = 4
        archive.addfile(sparse, io.BytesIO(b"data"))
    return path


class _Stream(io.RawIOBase):
    """A target that can't go back, so that zipfile writes data descriptors."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.data += piece
        return len(piece)


def _rezipped(
    change: Callable[[zipfile.ZipFile], None] = lambda archive: None,
    *,
    stream: bool = False,
    zip64: bool = False,
    comment: bytes = b"",
) -> Callable[[Path, str], Path]:
    """Return a maker of a wheel that is zipped again, with a change at the end."""

    def make(folder: Path, name: str) -> Path:
        path = wheel(folder, name)
        with zipfile.ZipFile(path) as archive:
            kept = [(info.filename, archive.read(info)) for info in archive.infolist()]
        target: Any = _Stream() if stream else io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for member, content in kept:
                info = zipfile.ZipInfo(member)
                info.comment = comment
                with archive.open(info, "w", force_zip64=zip64) as file:
                    file.write(content)
            change(archive)
        path.write_bytes(bytes(target.data) if stream else target.getvalue())
        return path

    return make


def _frames() -> Iterator[Variant]:
    rule = "zip framing: "
    yield Variant(f"{rule}'ZIP contains a data descriptor'", False, _rezipped(stream=True))
    yield Variant(f"{rule}'Comment in central directory'", False, _rezipped(comment=b"hello"))
    yield Variant(f"{rule}a sound file", True, _rezipped())
    yield Variant(f"{rule}a sound file with ZIP64 fields", True, _rezipped(zip64=True))
    yield Variant(f"{rule}a comment at the end", True, _rezipped(_comment))
    yield Variant(f"{rule}'Trailing data'", False, _written(wheel, lambda data: data + b"x"))
    yield Variant(f"{rule}'Unknown record signature'", False, _written(wheel, lambda data: b"#!/bin/sh\n" + data))
    yield Variant(f"{rule}'Duplicate filename'", False, _rezipped(_duplicate))
    yield Variant(f"{rule}'Invalid character in filename'", False, _rezipped(_unprintable))
    yield Variant(
        f"{rule}'Mis-matched data size'", False, _written(wheel, lambda data: data[:22] + b"\xff" + data[23:])
    )


def _comment(archive: zipfile.ZipFile) -> None:
    archive.comment = b"made by hand"


def _duplicate(archive: zipfile.ZipFile) -> None:
    archive.filelist.append(archive.filelist[0])


def _unprintable(archive: zipfile.ZipFile) -> None:
    archive.writestr("a\x01b.txt", b"")


def _licenses() -> Iterator[Variant]:
    rule = "license-file: 'does not exist in distribution file'"
    metadata = "License-File: LICENSE\n"
    for kind in (wheel, sdist):
        for place, takes in (("", True), ("sub/", False), (None, False)):
            for version in ("2.4", "2.1"):
                yield Variant(rule, takes or version == "2.1", _licensed(kind, place, metadata, version))


def _licensed(kind: Callable[..., Path], place: str | None, extra: str, version: str) -> Callable[[Path, str], Path]:
    def make(folder: Path, name: str) -> Path:
        top = f"{name}-1.0.dist-info/licenses" if kind is wheel else f"{name}-1.0"
        members = {} if place is None else {f"{top}/{place}LICENSE": b"MIT"}
        return kind(
            folder, name, members=members, metadata=core_metadata(name, "1.0", extra=extra, metadata_version=version)
        )

    return make


def _entry_points() -> Iterator[Variant]:
    for text, takes in (
        (b"[console_scripts]\nrun = a:b\n", True),
        (b"[console_scripts]\nrun-it.now = a:b\n[gui_scripts]\nx = a\n[other]\na/b = c\n", True),
        (b"[console_scripts]\n../run = a:b\n", False),
        (b"[gui_scripts]\na b = c\n", False),
        (b"[console_scripts]\nrun = a:b\nrun = a:c\n", False),
        (b"[console_scripts]\nrun : a:b\n", False),
        (b"run = a:b\n", False),
        (b"[console_scripts]\nr\xffn = a\n", False),
    ):
        yield Variant("entry points: 'has invalid entry points'", takes, _entered(text))


def _entered(text: bytes) -> Callable[[Path, str], Path]:
    return lambda folder, name: wheel(folder, name, members={f"{name}-1.0.dist-info/entry_points.txt": text})


def _records() -> Iterator[Variant]:
    rule = "RECORD: 'file contents that do not match' (a mail)"
    yield Variant(rule, True, _recorded(lambda text: text + b"nothing.py,,\n"))
    yield Variant(rule, True, _recorded(lambda text: b"\n".join(text.splitlines()[1:]) + b"\n"))
    yield Variant(rule, True, _recorded(lambda text: text.replace(b"sha256=", b"sha256=x")))
    yield Variant(
        "RECORD: 'does not contain the required RECORD file'", False, _recorded(lambda text: text + b"\xff,,\n")
    )
    yield Variant("RECORD: an empty line", False, _recorded(lambda text: text + b"\n"))


def _recorded(change: Callable[[bytes], bytes]) -> Callable[[Path, str], Path]:
    def make(folder: Path, name: str) -> Path:
        path = wheel(folder, name)
        with zipfile.ZipFile(path) as archive:
            kept = {info.filename: archive.read(info) for info in archive.infolist()}
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in kept.items():
                archive.writestr(member, change(content) if member.endswith("/RECORD") else content)
        return path

    return make
