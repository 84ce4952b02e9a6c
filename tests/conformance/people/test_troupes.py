"""Who plays in several scenarios, and in which."""

import pytest
from samples import scenario

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.people.account import Account
from palaver_conformance.people.troupes import MOST, Troupes, may_share
from palaver_conformance.scenario import BUSY
from palaver_conformance.scenarios import all_scenarios

SCENARIOS = {each.id: each for each in all_scenarios()}


def test_a_troupe_is_in_one_scenario_at_a_time() -> None:
    """Two scenarios at once have different people; who comes back is lent again, from the first place on."""
    troupes = Troupes(rest=0.0)
    first, second = troupes.lend(), troupes.lend()
    assert first is not second
    first.accounts[first.place()] = Account("alice", "1", "t")
    assert first.place() == 1
    troupes.take_back(first)
    assert troupes.lend() is first
    assert (first.played, first.accounts[first.place()].user) == (1, "1")
    assert troupes.lend() not in (first, second)


def test_who_has_rested_longest_goes_first() -> None:
    """What a server still has to tell of the last scenario has time to be told to nobody."""
    troupes = Troupes(rest=0.0)
    first, second = troupes.lend(), troupes.lend()
    troupes.take_back(second)
    troupes.take_back(first)
    assert [troupes.lend(), troupes.lend()] == [second, first]


def test_a_troupe_rests_in_between() -> None:
    """Limits on what somebody sends are met by no scenario because of the one before."""
    troupes = Troupes(rest=60.0)
    first = troupes.lend()
    troupes.take_back(first)
    assert troupes.lend() is not first


def test_a_troupe_plays_so_often() -> None:
    """What people were in before does not grow without end."""
    troupes = Troupes(rest=0.0)
    troupe = troupes.lend()
    for _ in range(MOST - 1):
        troupes.take_back(troupe)
        assert troupes.lend() is troupe
    troupes.take_back(troupe)
    assert troupes.lend() is not troupe


@pytest.mark.parametrize(
    "identity",
    [
        "matrix.message-send.socket",
        "matrix.participant-remove.http",
        "negatives.message-edit.socket",
        "rest.conversation-get.drawn",
        "protocol.frame.malformed",
        "messages.send.retry",
        "membership.remove.told",
        "receipts.mark.counts",
    ],
)
def test_one_conversation_is_played_by_anybody(identity: str, shipped: Contract) -> None:
    """What is about one conversation and those who are in it needs nobody new."""
    assert may_share(SCENARIOS[identity], shipped)


@pytest.mark.parametrize(
    "identity",
    [
        "auth.logout.closes",
        "conversations.list.own",
        "limits.messages.rate",
        "machine.talk.members",
        "matrix.typing-start.socket",
        "messages.order.many",
        "negatives.account-login.http",
        "negatives.conversation-create.http",
        "presence.online.first",
        "rest.account-logout.drawn",
        "rest.links.followed",
        "sync.reconnect.missed",
        "typing.end.expired",
        "users.look-up.shared",
    ],
)
def test_who_somebody_is_may_matter(identity: str, shipped: Contract) -> None:
    """Accounts, presence, limits, all that somebody has, and what ends by itself want people of their own."""
    assert not may_share(SCENARIOS[identity], shipped)


def test_the_conversation_of_two_is_always_the_same() -> None:
    """Where all conversations are of two, who plays again would find what was said before."""
    assert not may_share(SCENARIOS["messages.send.retry"], sources.load("envelope"))


@pytest.mark.parametrize(
    "changes",
    [
        {"needs": ("account.logout@http",)},
        {"needs": ("message.send", "typing.start")},
        {"parameters": ("alice", "registered")},
        {"parameters": ("topology",)},
        {"tags": ("messages", BUSY)},
        {"instances": 2},
        {"slow": True},
        {"disturbs": ("redis",)},
    ],
)
def test_each_reason_is_enough(changes: dict, shipped: Contract) -> None:
    """A scenario that could share does not with any one of these."""
    assert may_share(scenario("messages.send.some"), shipped)
    assert not may_share(scenario("messages.send.some", **changes), shipped)
    assert not may_share(scenario("elsewhere.send.some"), shipped)
