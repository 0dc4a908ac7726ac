"""What ``check`` says of files made for each of PyPI's rules is what the loopback index answers, which has them too."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.cli.check.posting import post
from tests.cli.check.variants import variants

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.check.conftest import Said
    from tests.servers.pypi_like import PypiLike


def test_every_variant_gets_what_was_foretold(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """More than 300 files: no false free, no false refused, and both are what the quoted rule says. -s shows the table."""
    made = [(variant, variant.make(dist, f"v{number}")) for number, variant in enumerate(variants())]
    said = check("--json", "--no-same-version", "--index", index.simple_url, *(path for _, path in made))
    wrong, table = [], Counter[tuple[str, str]]()
    for (variant, path), row in zip(made, said.rows, strict=True):
        posted = post(path, index.upload_url)
        answer = "free" if posted.status == 200 else "refused"
        table[variant.rule, answer] += 1
        if row["verdict"] != answer or variant.takes != (answer == "free"):
            text = re.sub(r"<[^>]+>", "", posted.reason)
            wrong.append(
                f"{variant.rule}: {path.name}: {row['verdict']} ({row['reason']}), answer {posted.status} {text}"
            )
    for rule in dict.fromkeys(variant.rule for variant, _ in made):
        print(f"{rule:75} taken {table[rule, 'free']:3}  refused {table[rule, 'refused']:3}")
    print(f"{len(made)} files, {sum(n for (_, answer), n in table.items() if answer == 'refused')} refused")
    assert wrong == []
    assert len(made) >= 300
