"""Who is connected where, as it stands in Redis: the keys, and the commands that change several of them at once.

    ws:connections:{userId}   set    the user's sockets
    ws:socket:{socketId}      hash   userId, connectedAt, instance; expires after a day unless renewed
    ws:online                 set    the users who are known to be online
    ws:instances              set    the instances that may have sockets
    ws:instance:{id}          string the instance's lease: it lives while this does
    ws:instance:{id}:sockets  hash   its sockets, each with its user
    ws:instance:{id}:heir     string the instance that clears up after it, for as long as that takes
    ws:instance:{id}:buried   string that this was done, for the instance to learn should it come back

The first three are those of the gateway's protocol document. Each script runs as a whole or not at all. They reach
keys that are not declared to them, so this is for a Redis that is not sharded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from palaver_runtime.adapters.redis.wire import Command, Reply

SOCKET_SECONDS = 86_400
"""How long a socket is kept that nobody renews."""

_ARRIVE = """
local user, socket, at, instance, seconds = unpack(ARGV)
redis.call('SADD', 'ws:connections:' .. user, socket)
redis.call('HSET', 'ws:socket:' .. socket, 'userId', user, 'connectedAt', at, 'instance', instance)
redis.call('EXPIRE', 'ws:socket:' .. socket, seconds)
redis.call('HSET', 'ws:instance:' .. instance .. ':sockets', socket, user)
return redis.call('SCARD', 'ws:connections:' .. user)
"""
_DEPART = """
local user, socket, instance = unpack(ARGV)
redis.call('SREM', 'ws:connections:' .. user, socket)
redis.call('DEL', 'ws:socket:' .. socket)
redis.call('HDEL', 'ws:instance:' .. instance .. ':sockets', socket)
return redis.call('SCARD', 'ws:connections:' .. user)
"""
_WITHDRAW = """
local user = ARGV[1]
if redis.call('EXISTS', 'ws:connections:' .. user) == 1 then
  return 0
end
return redis.call('SREM', 'ws:online', user)
"""
_RECANT = """
local user = ARGV[1]
redis.call('SREM', 'ws:online', user)
return redis.call('EXISTS', 'ws:connections:' .. user)
"""
_RENEW = """
local instance, milliseconds = unpack(ARGV)
local key = 'ws:instance:' .. instance
local held = redis.call('EXISTS', key)
redis.call('SET', key, '1', 'PX', milliseconds)
redis.call('SADD', 'ws:instances', instance)
local ended = {}
for _, other in ipairs(redis.call('SMEMBERS', 'ws:instances')) do
  if redis.call('EXISTS', 'ws:instance:' .. other) == 0 then
    table.insert(ended, other)
  end
end
return {held, redis.call('DEL', key .. ':buried'), redis.call('HLEN', key .. ':sockets'), ended}
"""
_INHERIT = """
local instance, heir, milliseconds, seconds = unpack(ARGV)
local key = 'ws:instance:' .. instance
if redis.call('EXISTS', key) == 1 or redis.call('SISMEMBER', 'ws:instances', instance) == 0 then
  return false
end
if not redis.call('SET', key .. ':heir', heir, 'NX', 'PX', milliseconds) then
  return false
end
redis.call('SET', key .. ':buried', '1', 'EX', seconds)
local sockets = redis.call('HGETALL', key .. ':sockets')
for index = 1, #sockets, 2 do
  local socket, user = sockets[index], sockets[index + 1]
  redis.call('SREM', 'ws:connections:' .. user, socket)
  redis.call('DEL', 'ws:socket:' .. socket)
end
local gone = {}
for _, user in ipairs(redis.call('SMEMBERS', 'ws:online')) do
  if redis.call('EXISTS', 'ws:connections:' .. user) == 0 then
    table.insert(gone, user)
  end
end
return gone
"""
_FORGET = """
local instance = ARGV[1]
local key = 'ws:instance:' .. instance
if redis.call('EXISTS', key) == 0 then
  redis.call('DEL', key .. ':sockets')
  redis.call('SREM', 'ws:instances', instance)
end
return redis.call('DEL', key .. ':heir')
"""


@dataclass(frozen=True, slots=True)
class Renewal:
    """What an instance learns when it renews its lease.

    `held` tells whether the lease was still there, `buried` whether another has removed the sockets, `sockets` how
    many are registered, `ended` which instances have no lease.
    """

    held: bool
    buried: bool
    sockets: int
    ended: tuple[str, ...]


def arrive(instance: str, user_id: str, socket_id: str, connected_at: str) -> Command:
    """Register a socket: the reply is how many the user has."""
    return _script(_ARRIVE, user_id, socket_id, connected_at, instance, SOCKET_SECONDS)


def depart(instance: str, user_id: str, socket_id: str) -> Command:
    """Remove a socket: the reply is how many the user has left."""
    return _script(_DEPART, user_id, socket_id, instance)


def announce(user_id: str) -> Command:
    """Note that a user is online: the reply is 1 when that is news."""
    return ("SADD", "ws:online", _bytes(user_id))


def withdraw(user_id: str) -> Command:
    """Note that a user is offline, unless there is a socket: the reply is 1 when that is news."""
    return _script(_WITHDRAW, user_id)


def recant(user_id: str) -> Command:
    """Note that a user was said to be offline, rightly or not: the reply is 1 if there is a socket."""
    return _script(_RECANT, user_id)


def online(user_ids: Sequence[str]) -> Command:
    """Ask who is online: the reply has a 1 or 0 for each."""
    return ("SMISMEMBER", "ws:online", *(_bytes(each) for each in user_ids))


def renew(instance: str, seconds: float) -> Command:
    """Renew the lease, and look for instances that have none; see `renewal`."""
    return _script(_RENEW, instance, int(seconds * 1000))


def renewal(reply: Reply) -> Renewal:
    """Read the reply to `renew`."""
    match reply:
        case [int(held), int(buried), int(sockets), list(ended)]:
            return Renewal(bool(held), bool(buried), sockets, texts(ended))
        case _:
            raise ValueError("Redis answered the renewal of a lease with something else")


def registered(instance: str) -> Command:
    """Ask which sockets are registered for an instance: the reply has each socket followed by its user."""
    return ("HGETALL", f"ws:instance:{instance}:sockets")


def inherit(instance: str, heir: str, seconds: float) -> Command:
    """Remove the sockets of an instance without a lease.

    The reply is the users who are known to be online and have no socket anywhere, or None when the lease is there
    again, another has begun within `seconds`, or the instance is forgotten already. Among the users are those whom an
    instance was about to withdraw when it ended. If the heir ends before `forget`, the next one gets them too.
    """
    return _script(_INHERIT, instance, heir, int(seconds * 1000), SOCKET_SECONDS)


def forget(instance: str) -> Command:
    """Forget an instance whose users have been told of, unless it has come back."""
    return _script(_FORGET, instance)


def texts(reply: Sequence[Reply]) -> tuple[str, ...]:
    """Read a reply of strings."""
    return tuple(each.decode("utf-8", "surrogatepass") for each in reply if isinstance(each, bytes))


def _script(script: str, *arguments: str | int) -> Command:
    # With its text, which is a few hundred bytes, a script needs not be loaded again after a restart of Redis.
    return ("EVAL", script, 0, *(_bytes(each) if isinstance(each, str) else each for each in arguments))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
