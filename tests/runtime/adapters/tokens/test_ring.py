"""Keys that are fetched beside the requests."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from doubles.issuer import Publisher, SigningKey, key_set

from palaver_runtime.adapters.tokens.ring import KeyRing, Terms
from palaver_runtime.domain.errors import Unavailable

OLD, NEW = SigningKey("old", "EdDSA"), SigningKey("new", "EdDSA")
# Longer than any test takes: what is fetched is what the test has asked for.
TERMS = Terms(refresh=3_600, cooldown=10, keep=7_200)
WAIT = 10.0


class Hands:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        """Give the time."""
        return self.seconds


@asynccontextmanager
async def ring(publisher: Publisher, hands: Hands | None = None, terms: Terms = TERMS) -> AsyncIterator[KeyRing]:
    """A ring that has started."""
    keys = KeyRing(publisher, terms, seconds=hands) if hands else KeyRing(publisher, terms)
    try:
        await keys.start()
        yield keys
    finally:
        await keys.close()
    assert publisher.closed


async def has(keys: KeyRing, key: SigningKey) -> bool:
    """Tell whether a ring gives a key."""
    return await keys.find(key.id, key.algorithm) is not None


async def test_keys_are_fetched_once_for_all() -> None:
    """Keys that are known are found without asking again."""
    publisher = Publisher(key_set(OLD))
    async with ring(publisher) as keys:
        assert all([await has(keys, OLD) for _ in range(20)])
    assert publisher.asked == 1


async def test_new_key_is_fetched_at_once() -> None:
    """A name that was not there is looked for without delay, and a key that is gone is good no more."""
    publisher, hands = Publisher(key_set(OLD)), Hands()
    async with ring(publisher, hands) as keys:
        publisher.text = key_set(NEW)
        hands.seconds += TERMS.cooldown
        assert await has(keys, NEW)
        assert publisher.asked == 2
        assert not await has(keys, OLD)


async def test_names_that_are_made_up_cost_one_fetch() -> None:
    """However many unknown names come in, there is one fetch in each cooldown, the first one's included."""
    publisher, hands = Publisher(key_set(OLD)), Hands()
    async with ring(publisher, hands) as keys:
        for _ in range(3):
            for number in range(200):
                assert await keys.find(f"made up {number}", "EdDSA") is None
                assert await keys.find(None, "RS256") is None
            hands.seconds += TERMS.cooldown - 0.1
            assert await keys.find("made up", "EdDSA") is None
            hands.seconds += 0.1
        assert publisher.asked == 3
        assert await has(keys, OLD)


async def test_all_who_ask_at_once_share_a_fetch() -> None:
    """Those who bring a new key while it is being fetched wait for that, and nobody who brings a known one does."""
    publisher, hands = Publisher(key_set(OLD)), Hands()
    async with ring(publisher, hands) as keys:
        hands.seconds += TERMS.cooldown
        publisher.text = key_set(OLD, NEW)
        publisher.gate.clear()
        publisher.asking.clear()
        asking = [asyncio.create_task(has(keys, NEW)) for _ in range(50)]
        await asyncio.wait_for(publisher.asking.wait(), WAIT)
        asking[0].cancel()
        assert await asyncio.wait_for(has(keys, OLD), WAIT)
        publisher.gate.set()
        assert await asyncio.wait_for(asyncio.gather(*asking[1:]), WAIT) == [True] * 49
    assert publisher.asked == 2


async def test_keys_are_kept_while_the_issuer_is_away(caplog: pytest.LogCaptureFixture) -> None:
    """Known keys stay good for a while without an answer, and no longer; it is said once, and when it is over."""
    caplog.set_level(logging.INFO)
    publisher, hands = Publisher(key_set(OLD)), Hands()
    async with ring(publisher, hands) as keys:
        publisher.away = "it is being repaired"
        for _ in range(5):
            hands.seconds += TERMS.cooldown
            assert not await has(keys, NEW)
            assert await has(keys, OLD)
        hands.seconds = 1_000.0 + TERMS.keep - 1
        assert await has(keys, OLD)
        hands.seconds += 1
        with pytest.raises(Unavailable) as caught:
            await has(keys, OLD)
        assert "issuer" in caught.value.message
        hands.seconds += TERMS.cooldown
        publisher.away = None
        assert await has(keys, OLD)
    said = [each.getMessage() for each in caplog.records if each.name == "palaver_runtime.adapters.tokens.ring"]
    assert said == [
        "the issuer does not give the keys of the issuer, those known stay good for 7200 s: it is being repaired",
        "the issuer gives the keys of the issuer again",
    ]


@pytest.mark.parametrize("text", [b"<html>busy</html>", b'{"keys": 7}', b""])
async def test_nonsense_is_no_answer(text: bytes) -> None:
    """What is no key set takes no key away."""
    publisher, hands = Publisher(key_set(OLD)), Hands()
    async with ring(publisher, hands) as keys:
        publisher.text = text
        hands.seconds += TERMS.cooldown
        assert not await has(keys, NEW)
        assert await has(keys, OLD)


async def test_server_starts_without_the_issuer(caplog: pytest.LogCaptureFixture) -> None:
    """Without any key nobody can be told from anybody, which is no reason to refuse them; it is asked again."""
    publisher = Publisher(away="no such host")
    terms = Terms(refresh=3_600, cooldown=0.01, keep=7_200)
    async with ring(publisher, terms=terms) as keys:
        with pytest.raises(Unavailable):
            await keys.find(None, "EdDSA")
        publisher.text, publisher.away = key_set(OLD), None
        await asyncio.wait_for(publisher.until_asked(publisher.asked + 1), WAIT)
        assert await has(keys, OLD)
    assert "none is known: no such host" in caplog.text


async def test_keys_are_renewed_by_themselves() -> None:
    """Without anybody's asking, keys are fetched again and again."""
    publisher = Publisher(key_set(OLD))
    async with ring(publisher, terms=Terms(refresh=0.01, cooldown=0.01, keep=7_200)):
        await asyncio.wait_for(publisher.until_asked(4), WAIT)


async def test_defect_of_the_source_is_survived(caplog: pytest.LogCaptureFixture) -> None:
    """A source that fails in an unforeseen way is one that is away, and the log has it."""
    publisher, hands = Publisher(key_set(OLD)), Hands()
    async with ring(publisher, hands) as keys:
        publisher.text = None  # type: ignore[assignment]
        hands.seconds += TERMS.cooldown
        assert not await has(keys, NEW)
        assert await has(keys, OLD)
    assert "could not be fetched" in caplog.text


async def test_keys_that_are_not_used_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """An operator is told of a key that is not used, with the reason, and not each time that it is fetched."""
    publisher, hands = Publisher(b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'), Hands()
    async with ring(publisher, hands) as keys:
        hands.seconds += TERMS.cooldown
        assert not await has(keys, OLD)
    assert caplog.text.count("a key that is not used: key 0: it is secret") == 1
    assert "c2VjcmV0" not in caplog.text


async def test_close_gives_up_a_fetch() -> None:
    """A server that stops does not wait for the issuer."""
    publisher, hands = Publisher(key_set(OLD)), Hands()
    async with ring(publisher, hands) as keys:
        hands.seconds += TERMS.cooldown
        publisher.gate.clear()
        publisher.asking.clear()
        asking = asyncio.create_task(has(keys, NEW))
        await asyncio.wait_for(publisher.asking.wait(), WAIT)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asking, WAIT)
