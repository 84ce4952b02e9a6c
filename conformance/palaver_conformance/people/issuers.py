"""Where tokens come from that the harness neither registers for nor signs itself."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from palaver_conformance.errors import NotApplicable, Unreachable
from palaver_conformance.hook import Hook

_EACH = 8
_ROLES = {False: "user", True: "admin"}


@dataclass(frozen=True)
class Issued:
    """A user with a token. Somebody who was `used` before may be known to the server, with all that they did."""

    user: str
    token: str
    admin: bool = False
    used: bool = False


class Issuer(Protocol):
    """Gives users out, and takes them back when their scenario is over."""

    @property
    def scenarios(self) -> int | None:
        """For how many scenarios at a time there are users; None where there is no end of them."""

    async def issue(self, name: str, *, admin: bool) -> Issued:
        """Return a user whom no scenario has now, by the name if that can be chosen.

        Raises NotApplicable when there is none, Unreachable when a command that should make one fails.
        """

    def take_back(self, issued: Issued) -> None:
        """Let another scenario have the user."""


class Listed:
    """Users whom the tester has made, each lent to one scenario at a time; those who were used least go first."""

    def __init__(self, users: Sequence[Issued]) -> None:
        self._users = list(users)
        self._lent: list[str] = []
        self._times: dict[str, int] = {each.user: 0 for each in users}

    @property
    def scenarios(self) -> int:
        """One for every few users, as a scenario takes several."""
        return max(1, len(self._users) // _EACH)

    async def issue(self, name: str, *, admin: bool) -> Issued:  # noqa: ARG002 - they have names already
        """Return a user; raises NotApplicable when all are taken."""
        fitting = [each for each in self._users if each.admin == admin]
        free = [each for each in fitting if each.user not in self._lent]
        if not free:
            what = "administrators" if admin else "users"
            raise NotApplicable(f"the subject file lists tokens of {len(fitting)} {what}, and all are taken")
        found = min(free, key=lambda each: self._times[each.user])
        before, self._times[found.user] = self._times[found.user], self._times[found.user] + 1
        self._lent.append(found.user)
        return Issued(found.user, found.token, found.admin, used=before > 0)

    def take_back(self, issued: Issued) -> None:
        """Let another scenario have the user."""
        self._lent.remove(issued.user)


@dataclass(frozen=True)
class Commanded:
    """Users whom a command makes: it is given a `{name}` and maybe a `{role}`, and prints a token.

    It may print a JSON object `{"token": …, "user": …}`. Of a token alone, the user is the claim `sub` if it is a JSON
    Web Token, and else the name.
    """

    hook: Hook
    patience: float

    @property
    def scenarios(self) -> None:
        """As many as you like."""

    async def issue(self, name: str, *, admin: bool) -> Issued:
        """Return a new user; raises Unreachable when the command fails, or prints no token."""
        if admin and not self.hook.command.asks_for("role"):
            raise NotApplicable(f"{self.hook.what} has no {{role}}, and makes no administrators")
        printed = (await self.hook.run({"name": name, "role": _ROLES[admin]}, self.patience)).strip()
        if not printed or "\n" in printed:
            raise Unreachable(f"{self.hook.what} is to print a token in one line, and printed {_lines(printed)}")
        answer = _object(printed)
        if answer is None:
            return Issued(_subject(printed) or name, printed, admin)
        token, user = answer.get("token"), answer.get("user", name)
        if not isinstance(token, str) or not token or not isinstance(user, str):
            raise Unreachable(f'{self.hook.what} is to print {{"token": …, "user": …}}, and has {sorted(answer)}')
        return Issued(user, token, admin)

    def take_back(self, issued: Issued) -> None:
        """Forget the user: the next one is made anew."""


def _lines(printed: str) -> str:
    return f"{len(printed.splitlines())} lines" if printed else "nothing"


def _object(text: str) -> Mapping[str, object] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _subject(token: str) -> str | None:
    """Return whom a JSON Web Token is about; its signature is the server's business."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = _object(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)).decode())
    except (binascii.Error, UnicodeDecodeError):
        return None
    subject = claims.get("sub") if claims is not None else None
    return subject if isinstance(subject, str) else None
