"""Valid requests for any operation."""

from collections.abc import Iterator

import pytest
from samples import bundle, setting

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import NotApplicable
from palaver_conformance.facts import Facts
from palaver_conformance.generated.requests import Matter, values
from palaver_conformance.people.account import Account
from palaver_conformance.people.actor import Actor

ID = "a" * 24


def caller(known: Contract) -> Actor:
    """Return somebody with an account that has everything."""
    account = Account("alice", "u-alice", "an access token", "a refresh token", "a password")
    return Actor("alice", setting("http://nowhere.invalid", known), account)


def matter(known: Contract) -> Matter:
    """Return something to ask about."""
    other = Actor("bob", setting("http://nowhere.invalid", known), Account("bob", "u-bob", ""))
    return Matter(Facts({"id": ID}), Facts({"id": ID, "sequence": 3}), other, name="a-name")


def shipped_operations() -> Iterator[tuple[str, str]]:
    """Yield every operation of the shipped documents."""
    for name in sources.known():
        for each in sources.load(name).operations:
            yield name, f"{each.means}@{each.via}"


@pytest.mark.parametrize(("spec", "need"), list(shipped_operations()))
def test_every_operation_can_be_asked_for(spec: str, need: str) -> None:
    """There are values that make a valid request of each, and they name what it is about."""
    known = sources.load(spec)
    means, _, via = need.partition("@")
    (operation,) = [each for each in known.operations if (each.means, each.via) == (means, via)]
    found = values(operation, caller(known), matter(known))
    assert not operation.request.problems(operation.payload(found))
    assert {"conversation", "id"} & operation.fields.keys() == {"conversation", "id"} & found.keys()


def test_least_that_means_something(shipped: Contract) -> None:
    """What is optional is left out, unless a request would not say anything without it."""
    send, update = shipped.operation("message.send"), shipped.operation("conversation.update")
    assert values(send, caller(shipped), matter(shipped)).keys() == {"conversation", "content"}
    assert values(update, caller(shipped), matter(shipped)).keys() == {"conversation", "name"}


def test_login_is_by_the_name_of_the_account(shipped: Contract) -> None:
    """Who signs in is there already; who registers is new."""
    asked = {
        means: values(shipped.operation(means), caller(shipped), matter(shipped))["name"]
        for means in ("account.login", "account.register")
    }
    assert asked == {"account.login": "alice", "account.register": "a-name"}


def test_what_means_nothing_cannot_be_asked_for() -> None:
    """A document that requires a field without a meaning is not for requests that are made of meanings."""
    strange = bundle()
    say = strange["asyncapi"]["components"]["schemas"]["Say"]
    say["required"] = ["text", "colour"]
    say["properties"]["colour"] = {"type": "string"}
    known = read_bundle(strange)
    with pytest.raises(NotApplicable, match="colour"):
        values(known.operation("message.send", "socket"), caller(known), matter(known))
