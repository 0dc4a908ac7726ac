"""The counter in a Redis server: one hash for each stream, one compare-and-swap for each number.

A script is one atomic step: a number and its record stand together or not at all. But without its append-only file a restart
loses minutes of writes, and an eviction policy may drop whole streams: a server that reports so is refused.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from uniqver.counters.protocol import Allocation, CounterContext, Stream
from uniqver.counters.store import LOOK, ServerCounter, as_json, from_json, missing_client
from uniqver.errors import ConfigError

if TYPE_CHECKING:
    from redis import Redis

_TRIES = 3
_PREFIX = "uniqver:"
_ADVANCE = """
if (redis.call('HGET', KEYS[1], 'highest') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'highest', unpack(ARGV, 2))
return 1
"""
"""Takes the highest number as found, the next one, and fields of its record: as texts, since Lua's numbers lose digits."""

_KNOWN_BETTER = 'if you know better: counter = "redis://…#durability=unchecked"'
_CAUSES = (
    (("append-only file",), "loses numbers when it restarts",
     f"redis-cli CONFIG SET appendonly yes, and in redis.conf; or, {_KNOWN_BETTER}"),
    (("maxmemory-policy",), "drops numbers when its memory is full",
     f"redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf; or, {_KNOWN_BETTER}"),
    (("damaged",), "is damaged", "restore the server's file from a backup, or write into another database: {place} "
     "with another number at its end, then uniqver counter floor N with the highest number in use"),
    (("WRONGPASS", "NOAUTH", "invalid username-password", "invalid password", "Authentication required",
      "HELLO must be called with"),
     "refuses the password", "set REDISCLI_AUTH, or UNIQVER_COUNTER to a URL with the right user and password"),
    (("NOPERM", "no permissions"), "does not permit that",
     "ACL SETUSER … ~uniqver* +eval +@read +@write +@hash on the server"),
    (("READONLY", "read only replica"), "is a read-only replica", "name the primary server in counter"),
    (("OOM ", "used memory > "), "is out of memory", "raise maxmemory on the server; nothing was taken"),
    (("MISCONF", "No space"), "can't write to its disk", "free some space on the server, and build again"),
    (("Timeout", "timed out"), "does not answer", LOOK),
    (("refused", "Connection", "connecting", "closed", "Name or service", "reset", "LOADING"), "can't be reached", LOOK),
    (("WRONGTYPE",), "holds something else under uniqver's name",
     "name a database that nothing else writes to: redis://host:port/N"),
    (("",), "fails", "redis-cli -u URL INFO; then build again"),
)  # fmt: skip


class RedisCounter(ServerCounter):
    """Numbers for all who can reach one Redis server."""

    algorithm = "redis/1"
    login_variable = "REDISCLI_AUTH"
    seconds = 20.0
    causes = _CAUSES

    def __init__(self, url: str, context: CounterContext, *, checks_durability: bool = True) -> None:
        """``checks_durability`` refuses a server that may lose numbers."""
        super().__init__(url, context)
        self._checks_durability = checks_durability

    def check(self) -> None:
        """Write and delete a key of its own, on a server that keeps numbers."""
        with self._connected() as server:
            self.refuse_forgetful(server)
            server.eval("redis.call('SET', KEYS[1], '1'); return redis.call('DEL', KEYS[1])", 1, "uniqver-check")

    @contextlib.contextmanager
    def _opened(self, stream: Stream | None, *, writes: bool) -> Iterator[_RedisStore]:  # noqa: ARG002 - nothing is locked
        with self._connected() as server:
            yield _RedisStore(server, self)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Redis]:
        try:  # the client is an extra, and slow to import
            from redis import Redis
            from redis.backoff import ExponentialBackoff
            from redis.exceptions import RedisError
            from redis.retry import Retry
        except ImportError:
            raise missing_client("redis", "redis") from None
        try:
            with Redis.from_url(
                self._url, decode_responses=True, socket_timeout=self.seconds, socket_connect_timeout=self.seconds,
                retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), _TRIES - 1),
                **({"password": self._password} if self._password is not None else {}),  # one in the URL wins
            ) as server:  # fmt: skip
                try:
                    server.connection_pool.make_connection()  # connects nowhere
                except TypeError:
                    raise ConfigError(
                        what=f"counter: {self.place} has an option behind ? that the client doesn't know",
                        fix="leave it out, or see redis.from_url in the client's documentation",
                    ) from None
                yield server
        except (RedisError, OSError, ValueError) as error:
            raise self.error(error) from None

    def refuse_forgetful(self, server: Redis) -> None:
        """Raise :class:`CounterError` if the server reports that it may lose numbers."""
        from redis.exceptions import BusyLoadingError, NoPermissionError, ResponseError

        if not self._checks_durability:
            return
        try:
            info = cast("dict[str, object]", {**server.info("persistence"), **server.info("memory")})
        except (NoPermissionError, ResponseError):
            return  # hosted servers may hide it
        if info.get("loading") != 0:
            raise BusyLoadingError("LOADING its data")  # its append-only file is off just then
        if info.get("aof_enabled") == 0:
            raise self.error("its append-only file is off")
        policy = str(info.get("maxmemory_policy", ""))
        if policy.startswith("allkeys") and info.get("maxmemory") != 0:
            raise self.error(f"maxmemory-policy is {policy}")


class _RedisStore:
    """A :class:`~uniqver.counters.store.Store`: a hash for each stream, so that no part of it can expire alone."""

    def __init__(self, server: Redis, counter: RedisCounter) -> None:
        self._server = server
        self._counter = counter
        self.memory = counter.memory

    def find(self, stream: Stream, key: str | None) -> tuple[Allocation | None, int]:
        name, known = f"{_PREFIX}{stream}", None
        highest, number = cast("list[str | None]", self._server.hmget(name, ["highest", f"key:{key}"]))
        if key is not None and number is not None:
            record = cast("str | None", self._server.hget(name, f"number:{number}"))
            known = self._allocation(stream, number, record)
        highest = highest or "0"
        if not highest.isdecimal() or str(int(highest)) != highest:
            raise self._counter.error(f"in {stream}, its highest number is {highest!r}", "damaged")
        return known, int(highest)

    def advance(self, stream: Stream, found: int, number: int, made: Allocation | None) -> bool:
        fields = [str(found), str(number)]
        if made is not None:
            self._counter.refuse_forgetful(self._server)
            fields += [f"key:{made.claim.key}", str(number), f"number:{number}", json.dumps(as_json(made))]
        # it may be sent twice: then the second one finds another number, and the build's key with it
        return bool(self._server.eval(_ADVANCE, 1, f"{_PREFIX}{stream}", *fields))

    def records(self, stream: Stream | None) -> list[Allocation]:
        names = sorted(self._server.scan_iter(f"{_PREFIX}*")) if stream is None else [f"{_PREFIX}{stream}"]
        return [made for name in names for made in self._given_out(name)]

    def _given_out(self, name: str) -> list[Allocation]:
        project, _, base = name.removeprefix(_PREFIX).partition(" ")
        fields = cast("dict[str, str]", self._server.hgetall(name))
        numbers = sorted(int(field.removeprefix("number:")) for field in fields if field.startswith("number:"))
        return [self._allocation(Stream(project, base), str(each), fields[f"number:{each}"]) for each in numbers]

    def _allocation(self, stream: Stream, number: str, record: str | None) -> Allocation:
        try:
            made = from_json(json.loads(record or ""))
            if (made.stream, str(made.number)) != (stream, number):
                raise ValueError("it is another number's")
        except (KeyError, TypeError, ValueError):
            what = f"in {stream}, the record of number {number} can't be read"
            raise self._counter.error(what, "damaged") from None
        return made
