"""Where tokens come from."""

import base64
import json
import shlex
import sys

import pytest

from palaver_conformance.commandline import CommandLine
from palaver_conformance.errors import NotApplicable, Unreachable
from palaver_conformance.hook import Hook
from palaver_conformance.people.issuers import Commanded, Issued, Listed


async def test_listed_users_are_lent() -> None:
    """Nobody is in two scenarios at once; who was used least goes first, and who was used before is known as such."""
    issuer = Listed([Issued("a", "ta"), Issued("b", "tb"), Issued("root", "tr", admin=True)])
    first, second = [await issuer.issue("x", admin=False) for _ in range(2)]
    assert {(each.user, each.token, each.used) for each in (first, second)} == {("a", "ta", False), ("b", "tb", False)}
    with pytest.raises(NotApplicable, match="2 users"):
        await issuer.issue("x", admin=False)
    assert (await issuer.issue("x", admin=True)).user == "root"
    with pytest.raises(NotApplicable, match="1 administrators"):
        await issuer.issue("x", admin=True)
    issuer.take_back(second)
    again = await issuer.issue("x", admin=False)
    assert (again.user, again.used) == (second.user, True)


def test_listed_users_bound_the_scenarios() -> None:
    """As many scenarios run at a time as there are users for; one at least."""
    assert Listed([Issued(str(number), "t") for number in range(17)]).scenarios == 2
    assert Listed([Issued("a", "t")]).scenarios == 1


def commanded(program: str, *places: str) -> Commanded:
    """Return an issuer that runs a Python program."""
    words = shlex.join([sys.executable, "-c", program])
    return Commanded(Hook("the command", CommandLine.parse(f"{words} {' '.join(places)}")), 20)


def token(claims: dict) -> str:
    """Return a JSON Web Token that nobody has signed."""
    return f"eyJhbGciOiJub25lIn0.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


@pytest.mark.parametrize(
    ("printed", "user", "received"),
    [
        ("opaque", "alice", "opaque"),
        (token({"sub": "user_1"}), "user_1", token({"sub": "user_1"})),
        (token({"name": "x"}), "alice", token({"name": "x"})),
        ("a.b.c", "alice", "a.b.c"),
        ('{"token": "t", "user": "u"}', "u", "t"),
        ('{"token": "t"}', "alice", "t"),
    ],
)
async def test_command_prints_a_token(printed: str, user: str, received: str) -> None:
    """A token alone stands for its subject or for the name; an object says it all."""
    issued = await commanded(f"print({printed!r})", "{name}").issue("alice", admin=False)
    assert issued == Issued(user, received)


@pytest.mark.parametrize(("printed", "told"), [("", "nothing"), ("a\nb", "2 lines"), ('{"jwt": "t"}', "jwt")])
async def test_what_is_no_token(printed: str, told: str) -> None:
    """A command that prints something else is told so, and what it printed is not shown."""
    with pytest.raises(Unreachable, match=told):
        await commanded(f"print({printed!r})", "{name}").issue("alice", admin=False)


async def test_administrators_take_a_role() -> None:
    """The role is filled in; a command without a place for it makes no administrators."""
    program = "import sys; print('-'.join(sys.argv[1:]))"
    issuer = commanded(program, "{name}", "{role}")
    assert await issuer.issue("a", admin=True) == Issued("a", "a-admin", admin=True)
    assert (await issuer.issue("a", admin=False)).token == "a-user"
    assert issuer.scenarios is None
    with pytest.raises(NotApplicable, match="role"):
        await commanded(program, "{name}").issue("a", admin=True)
