"""The counter in a Redis server: one hash for each stream, one script for each number.

The script runs on the server as one atomic step, so a number and its record stand together or not at all, and a
reply that was lost is asked for again. Redis may forget, though: without its append-only file a restart loses
minutes of writes, and an eviction policy may drop whole streams. A server that reports so is refused.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, cast

from uniqver.counters.protocol import Allocation, Claim, Stream, after, checked_floor, missing_client
from uniqver.counters.state import Memory
from uniqver.errors import ConfigError, CounterError
from uniqver.model.redaction import address, redactor
from uniqver.model.versions import MAX_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis import Redis
    from redis.exceptions import RedisError

    from uniqver.counters.protocol import CounterContext

ALGORITHM = "redis/1"

SECONDS = 20.0

_TRIES = 3

_PREFIX = "uniqver:"

_LESS = "local function less(a, b) return #a < #b or (#a == #b and a < b) end\n"
"""Lua's numbers lose digits above 2^53: numbers stay decimal texts, which compare by length first."""

_ALLOCATE = f"""{_LESS}
local known = redis.call('HGET', KEYS[1], 'key:' .. ARGV[1])
if known then return {{known, redis.call('HGET', KEYS[1], 'number:' .. known)}} end
local highest = redis.call('HGET', KEYS[1], 'highest') or '0'
if less(highest, ARGV[3]) or not less(highest, '{MAX_NUMBER}') then return {{highest}} end
redis.call('HINCRBY', KEYS[1], 'highest', 1)
local number = redis.call('HGET', KEYS[1], 'highest')
redis.call('HSET', KEYS[1], 'key:' .. ARGV[1], number, 'number:' .. number, ARGV[2])
return {{number, ARGV[2]}}
"""
"""Build key, record, highest number seen: the number and its record, or only the highest if it must stop."""

_FLOOR = f"""{_LESS}
local highest = redis.call('HGET', KEYS[1], 'highest') or '0'
if less(highest, ARGV[1]) then
  redis.call('HSET', KEYS[1], 'highest', ARGV[1])
  highest = ARGV[1]
end
return highest
"""


class RedisCounter:
    """Numbers for all who can reach one Redis server. See :class:`uniqver.counters.protocol.Counter`."""

    def __init__(
        self, url: str, context: CounterContext, *, checks_durability: bool = True, seconds: float = SECONDS
    ) -> None:
        """Count in the server and database that ``url`` names: ``redis://[user[:password]@]host[:port][/db]``.

        Without a password in ``url``, ``REDISCLI_AUTH`` has it. ``checks_durability`` false accepts a server
        that may lose numbers, for those who keep it whole by other means.
        """
        self._url = url
        self._password = context.environ.get("REDISCLI_AUTH")
        self._redact = redactor([url], [self._password] if self._password else [])
        self._memory = Memory(context.state, url, self.place)
        self._checks_durability = checks_durability
        self._seconds = seconds

    @property
    def place(self) -> str:
        """The server and the database."""
        return address(self._url)

    def allocate(self, stream: Stream, claim: Claim) -> Allocation:
        """Return the number of ``claim.key``, taking the next one if it has none yet."""
        seen = self._memory.highest(stream)
        with self._connected() as server:
            self._refuse_forgetful(server)
            found = cast("list[str]", server.eval(_ALLOCATE, 1, _key(stream), claim.key, _record(claim), str(seen)))
        highest = int(found[0])
        if len(found) == 1:
            self._memory.refuse_restart(stream, found=highest, seen=seen)
            after(highest, stream)
        self._memory.remember(stream, highest)
        return self._allocation(stream, *found)

    def peek(self, stream: Stream, key: str | None) -> Allocation | int:
        """Return what ``key`` has already, else the number that would be next."""
        seen = self._memory.highest(stream)
        with self._connected() as server:
            number = None if key is None else cast("str | None", server.hget(_key(stream), f"key:{key}"))
            if number is not None:
                record = cast("str", server.hget(_key(stream), f"number:{number}"))
                return self._allocation(stream, number, record)
            highest = int(cast("str | None", server.hget(_key(stream), "highest")) or 0)
        self._memory.refuse_restart(stream, found=highest, seen=seen)
        return after(highest, stream)

    def history(self, stream: Stream | None = None) -> Iterator[Allocation]:
        """Return what was given out: stream by stream, each from its lowest number to its highest."""
        with self._connected() as server:
            names = sorted(server.scan_iter(f"{_PREFIX}*")) if stream is None else [_key(stream)]
            hashes = [(name, cast("dict[str, str]", server.hgetall(name))) for name in names]
        return iter([made for name, fields in hashes for made in self._given_out(_stream(name), fields)])

    def floor(self, stream: Stream, number: int) -> int:
        """Make the next number at least ``number + 1``; never lowers it, and never below what was seen here."""
        wanted = max(checked_floor(number), self._memory.highest(stream))
        with self._connected() as server:
            highest = int(cast("str", server.eval(_FLOOR, 1, _key(stream), str(wanted))))
        self._memory.remember(stream, highest)
        return highest

    def check(self) -> None:
        """Write and delete a key of its own, and ask whether the server keeps what it is given."""
        with self._connected() as server:
            self._refuse_forgetful(server)
            server.eval("redis.call('SET', KEYS[1], '1'); return redis.call('DEL', KEYS[1])", 1, "uniqver-check")

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
            # the script may be sent twice: the second time it finds the key
            server = Redis.from_url(
                self._url,
                decode_responses=True,
                socket_timeout=self._seconds,
                socket_connect_timeout=self._seconds,
                retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), _TRIES - 1),
                **({"password": self._password} if self._password is not None else {}),  # one in the URL wins
            )
            try:
                server.connection_pool.make_connection()  # connects nowhere
            except TypeError:
                raise ConfigError(
                    what=f"counter: {self.place} has an option behind ? that the client doesn't know",
                    fix="leave it out; the client's own are told in the documentation of redis.from_url",
                ) from None
            with contextlib.closing(server):
                yield server
        except (RedisError, OSError, ValueError) as error:
            # without the cause: its text may hold the password
            raise self._foreseen(error) from None

    def _refuse_forgetful(self, server: Redis) -> None:
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
            raise CounterError(
                what=f"{self.place} loses numbers when it restarts: its append-only file is off",
                fix=f"redis-cli CONFIG SET appendonly yes, and in redis.conf; or, {_ACCEPT}",
            )
        policy = str(info.get("maxmemory_policy", ""))
        if policy.startswith("allkeys") and info.get("maxmemory") != 0:
            raise CounterError(
                what=f"{self.place} drops numbers when its memory is full: maxmemory-policy is {policy}",
                fix=f"redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf; or, {_ACCEPT}",
            )

    def _foreseen(self, error: RedisError | OSError | ValueError) -> CounterError:
        text = self._redact(str(error)) or type(error).__name__
        for words, what, fix in _CAUSES:
            if any(word in text for word in words):
                return CounterError(what=f"{self.place} {what}: {text}", fix=fix)
        return CounterError(what=f"{self.place}: {text}", fix="redis-cli -u URL INFO; then build again")

    def _given_out(self, stream: Stream, fields: dict[str, str]) -> list[Allocation]:
        numbers = sorted(int(field.removeprefix("number:")) for field in fields if field.startswith("number:"))
        return [self._allocation(stream, str(number), fields[f"number:{number}"]) for number in numbers]

    def _allocation(self, stream: Stream, number: str, record: str | None) -> Allocation:
        try:
            held = json.loads(record or "")
            return Allocation(stream, int(number), Claim(*(held[name] for name in Claim._fields)), held["algorithm"])
        except (KeyError, TypeError, ValueError):
            raise CounterError(
                what=f"{self.place} is damaged: the record of number {number} of {stream} can't be read",
                fix=f"restore the server's file from a backup, or write into another database: {self.place} "
                "with another number at its end, then uniqver counter floor N with the highest number in use",
            ) from None


_ACCEPT = 'if you know better: counter = "redis://…#durability=unchecked"'

_LOOK = "see that the server runs and is reached from here; then build again: the same build keeps its number"

_CAUSES = (
    (("WRONGPASS", "NOAUTH", "invalid username-password", "invalid password", "Authentication required",
      "HELLO must be called with"),
     "refuses the password", "set REDISCLI_AUTH, or UNIQVER_COUNTER to a URL with the right user and password"),
    (("NOPERM", "no permissions"), "does not permit that",
     "ACL SETUSER … ~uniqver* +eval +@read +@write +@hash on the server"),
    (("READONLY", "read only replica"), "is a read-only replica", "name the primary server in counter"),
    (("OOM ", "used memory > "), "is out of memory", "raise maxmemory on the server; nothing was taken"),
    (("MISCONF", "No space"), "can't write to its disk", "free some space on the server, and build again"),
    (("Timeout", "timed out"), "does not answer", _LOOK),
    (("refused", "Connection", "connecting", "closed", "Name or service", "reset", "LOADING"), "can't be reached", _LOOK),
    (("WRONGTYPE",), "holds something else under uniqver's name",
     "name a database that nothing else writes to: redis://host:port/N"),
)  # fmt: skip
"""Words of the client's and the server's messages: what it means, fix."""


def _key(stream: Stream) -> str:
    """Return the key of the stream's hash: all in one, so that no part can be evicted or expire alone."""
    return f"{_PREFIX}{stream}"


def _stream(name: str) -> Stream:
    project, _, base = name.removeprefix(_PREFIX).partition(" ")
    return Stream(project, base)


def _record(claim: Claim) -> str:
    return json.dumps({**claim._asdict(), "algorithm": ALGORITHM})
