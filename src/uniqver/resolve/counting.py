"""The counter that a project's settings name, for builds and for commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.counters.protocol import CounterContext, MissingClientError
from uniqver.counters.registry import open_counter
from uniqver.counters.state import state_directory
from uniqver.errors import ConfigError
from uniqver.model.redaction import has_secret

if TYPE_CHECKING:
    from uniqver.counters.protocol import Allocation, Counter, Stream
    from uniqver.model.versions import Base
    from uniqver.resolve.facts import Facts


def counter_of(facts: Facts) -> Counter:
    """Return the counter that the settings name. Raises :class:`ConfigError`; the store isn't touched."""
    if has_secret(str(facts.request.project.settings.get("counter", ""))):
        raise ConfigError(
            what="counter in [tool.uniqver] holds a password, and pyproject.toml is in every sdist",
            fix="take it out and change it; then set UNIQVER_COUNTER to the whole URL from the CI's secrets, or "
            "only the password: PGPASSWORD (postgresql), REDISCLI_AUTH (redis), git's credential helper (git)",
        )
    context = CounterContext(
        environ=facts.request.environ,
        state=state_directory(facts.request.environ),
        git_dir=None if facts.repository is None else facts.repository.common_dir,
    )
    return open_counter(facts.config.counter, context)


def peek(counter: Counter, stream: Stream, key: str | None, facts: Facts, base: Base) -> Allocation | int:
    """Look into the counter. A build that still collects its requirements goes on without the client."""
    try:
        return counter.peek(stream, key)
    except MissingClientError:
        if facts.request.hook is None:
            raise
        return base.carry + 1
