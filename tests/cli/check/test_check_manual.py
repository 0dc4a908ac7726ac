"""What the manual shows of ``uniqver check`` is what it prints."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.pypi_like import PypiLike
from tests.support.distributions import sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from tests.cli.check.conftest import Said

PAGE = Path(__file__).parents[3] / "src/uniqver/manual/check.md"


def test_the_sample_of_the_manual(check: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Word for word, but for the hashes."""
    monkeypatch.chdir(tmp_path)
    for folder in ("dist", "old"):
        Path(folder).mkdir()
    files = [wheel(Path("dist"), content="new"), sdist(Path("dist"))]
    with PypiLike() as index:
        index.put(files[0].name, wheel(Path("old"), content="old").read_bytes())
        index.put(files[1].name, files[1].read_bytes())
        said = check("--index", index.simple_url, *map(str, files))
    shown, _, _ = said.out.partition("uniqver: note:")
    hashes = re.compile(r"\b[0-9a-f]{12}\b")
    assert hashes.sub("<hash>", shown.strip()) in hashes.sub("<hash>", PAGE.read_text(encoding="utf-8"))
