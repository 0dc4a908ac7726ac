"""What makes hooks and jobs one build: the user's id, else the CI's run and attempt, else one frontend process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.config import BUILD_ID, setting

if TYPE_CHECKING:
    from uniqver.resolve.facts import Facts


def build_key(facts: Facts) -> str | None:
    """Return the key of this build; ``None`` if a peek finds that none was begun.

    The same key with other contents is another build, so the commit (or the digest of the tree) belongs to the key:
    a long-lived frontend, or one id for a whole pipeline, builds more than one source.
    """
    key = _key(facts)
    if key is None or facts.git is None or not facts.git.commit:
        return key
    return f"{key}@{facts.git.commit[:12]}" + (f".{facts.git.digest[:12]}" if facts.git.digest else "")


def _key(facts: Facts) -> str | None:
    request = facts.request
    given = setting(request.environ, BUILD_ID, request.project.name)
    if given is not None:
        return f"id:{given[1]}"
    if facts.run is not None and facts.run.key is not None:
        return facts.run.key
    if request.hook is None:
        return _key_of_allocation() if request.purpose == "allocate" else None
    from uniqver.counters.build_records import Records
    from uniqver.counters.state import state_directory
    from uniqver.resolve.frontend import frontend_process

    records = Records(state_directory(request.environ))
    process = frontend_process(request.project.directory)
    if request.takes:
        return records.build_key(process, request.hook, now=request.now)
    return records.peek_build_key(process, request.hook)


def _key_of_allocation() -> str:
    import uuid  # only here

    return f"allocate:{uuid.uuid4()}"
