"""What the manual shows of ``uniqver check`` is what it prints."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.servers.pypi_like import PypiLike
from tests.support.distributions import wheel
from tests.support.terminal import needs_terminal, run_on_terminal

PAGE = Path(__file__).parents[3] / "src/uniqver/manual/check.md"


@needs_terminal
def test_the_sample_of_the_manual(tmp_path: Path) -> None:
    """Word for word what a terminal of 80 columns shows, but for the hashes."""
    for folder in ("dist", "old"):
        (tmp_path / folder).mkdir()
    file = wheel(tmp_path / "dist", content="new")
    with PypiLike() as index:
        index.put(file.name, wheel(tmp_path / "old", content="old").read_bytes())
        words = (sys.executable, "-m", "uniqver", "check", "--index", index.simple_url, f"dist/{file.name}")
        code, shown = run_on_terminal(*words, cwd=tmp_path, env={"NO_COLOR": "1"})
    after_progress = shown[shown.rindex("conflict") :].replace("\r\n", "\n")
    sample, _, _ = after_progress.partition("uniqver: note:")
    hashes = re.compile(r"\b[0-9a-f]{12}\b")
    assert code == 1, shown
    assert f"\n{hashes.sub('<hash>', sample.strip())}\n```" in hashes.sub("<hash>", PAGE.read_text(encoding="utf-8"))
