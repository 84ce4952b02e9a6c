"""A server to be judged, started anew for each turn: where it listens, a user's token, and how much it was asked."""

import json
import re
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from surroundings import instance

_PLENTY: Final = "1000000000/1s"
_UNLIMITED: Final = {
    **dict.fromkeys(("PALAVER_LIMIT_MESSAGES", "PALAVER_LIMIT_REQUESTS", "PALAVER_LIMIT_ADDRESS"), _PLENTY),
    **dict.fromkeys(("PALAVER_LIMIT_SIGN_INS", "PALAVER_LIMIT_SIGN_INS_NAME"), _PLENTY),
    "PALAVER_LIMIT_SIGN_INS_ADDRESS": _PLENTY,
    "PALAVER_LIMIT_KINDS": "",
}
"""Limits are counted as ever, and never met: to wait for them is no work of who judges."""
_REQUESTS: Final = re.compile(r"^palaver_requests_total\{.*\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Judged:
    """A running server that speaks the gateway dialect."""

    url: str

    def token(self) -> str:
        """Make a user, and give the token."""
        person = {"username": "somebody", "password": "correct horse battery", "displayName": "Somebody"}
        request = urllib.request.Request(  # noqa: S310 - the URL of a server of ours
            f"{self.url}/auth/register", json.dumps(person).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return str(json.load(answer)["accessToken"])

    def requests(self) -> float:
        """Tell how many requests it has answered, as it counts them."""
        with urllib.request.urlopen(f"{self.url}/metrics") as answer:  # noqa: S310
            return sum(map(float, _REQUESTS.findall(answer.read().decode())))


@asynccontextmanager
async def judged() -> AsyncIterator[Judged]:
    """Run a server with an empty database and without limits."""
    async with instance(_UNLIMITED) as running:
        yield Judged(running.url)
