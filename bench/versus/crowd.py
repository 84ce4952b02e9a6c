"""Who connects: users with tokens, in conversations, as our server knows them; its peers let in anybody."""

import asyncio
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import jwt
from surroundings import SECRET, people

from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.values import Caller, ConversationType

TOKEN_SECONDS = 36_000
_TOGETHER = 50


@dataclass(frozen=True)
class Crowd:
    """So many connections, each of a user of its own, in conversations of so many."""

    connections: int
    room: int
    apart: bool = False
    """Whether those of each room connect to an instance of their own; there are as many instances as rooms."""

    @property
    def users(self) -> list[str]:
        """The names that `surroundings.people` gives."""
        return [f"user {number}" for number in range(self.connections)]

    @property
    def rooms(self) -> list[list[str]]:
        """The users of each conversation."""
        users = self.users
        return [users[first : first + self.room] for first in range(0, len(users), self.room)]


async def settle(crowd: Crowd, database_url: str) -> list[str]:
    """Put a crowd into a database; give the conversation of each room."""
    async with people(database_url, crowd.connections) as prepared:
        create = prepared.conversations.create

        async def found(users: list[str]) -> str:
            command = CreateConversation(type=ConversationType.GROUP, user_ids=tuple(users[1:]))
            return (await create(Caller(user_id=users[0]), command))[0].id

        made: list[str] = []
        for first in range(0, len(crowd.rooms), _TOGETHER):
            made += await asyncio.gather(*map(found, crowd.rooms[first : first + _TOGETHER]))
        return made


def imagined(crowd: Crowd) -> list[str]:
    """Give conversations that nobody has to know of, of the same length as ours."""
    return [f"{number:024x}" for number in range(len(crowd.rooms))]


def write_people(crowd: Crowd, conversations: list[str], file: Path) -> None:
    """Write a line with token and conversation for each connection; instances take lines in turns."""
    expires = int(time.time()) + TOKEN_SECONDS
    rooms = [
        [f"{jwt.encode({'sub': user, 'exp': expires}, SECRET, 'HS256')} {conversation}\n" for user in users]
        for users, conversation in zip(crowd.rooms, conversations, strict=True)
    ]
    file.write_text("".join(chain(*(zip(*rooms, strict=True) if crowd.apart else rooms))))
