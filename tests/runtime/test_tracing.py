"""Traces by OpenTelemetry."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from doubles.gateway import SECRET, token
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from palaver_runtime import spans
from palaver_runtime.app import running_core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.events import Event, MessageCreated
from palaver_runtime.domain.values import ConversationType
from palaver_runtime.settings import Settings
from palaver_runtime.tracing import ENDPOINTS, OpenTelemetry, TracingMissing, tracing


@pytest.fixture
def finished() -> Iterator[InMemorySpanExporter]:
    """The spans that have ended."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans.trace_by(OpenTelemetry(provider.get_tracer("test")))
    yield exporter
    spans.trace_by(None)
    provider.shutdown()


class Screen:
    """An outlet that tells when a message is shown."""

    def __init__(self) -> None:
        self.shown = asyncio.Event()

    def deliver(self, event: Event, members: Sequence[Member]) -> None:
        """Show it."""
        if isinstance(event, MessageCreated):
            self.shown.set()

    def dismiss(self, member: Member, reason: str) -> None:
        """Fail."""
        raise AssertionError(member, reason)


def _named(finished: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = [each for each in finished.get_finished_spans() if each.name == name]
    return found


async def test_message_is_followed_from_the_event_to_its_delivery(
    tmp_path: Path, finished: InMemorySpanExporter
) -> None:
    """The delivery is part of the event that caused it; the commit is for many, and linked with each."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/palaver.db", jwt_secret=SECRET)  # type: ignore[arg-type]
    screen = Screen()
    async with running_core(settings) as (core, _):
        alice = await core.accounts.authenticate(token("alice"))
        group = CreateConversation(type=ConversationType.GROUP, user_ids=())
        conversation, _ = await core.conversations.create(alice, group)
        member = Member(id="c", user_id="alice", session_id=None, outlet=screen)
        await core.hub.attach(member, lambda: None)
        with spans.span("event message:send"):
            await core.messages.send(alice, SendMessage(conversation_id=conversation.id, content="hello"))
        async with asyncio.timeout(10):
            await screen.shown.wait()
        core.hub.detach(member)
    event, commit = _named(finished, "event message:send"), _named(finished, "commit")
    delivery = _named(finished, "deliver MessageCreated")
    assert event.parent is None
    assert commit.parent is None
    assert [each.context.span_id for each in commit.links] == [event.context.span_id]
    assert dict(commit.attributes or {}) == {"palaver.messages": 1}
    assert delivery.parent is not None
    assert delivery.parent.span_id == event.context.span_id
    assert delivery.context.trace_id == event.context.trace_id
    assert dict(delivery.attributes or {}) == {"palaver.connections": 1}
    assert "hello" not in str([each.to_json() for each in finished.get_finished_spans()])


def test_place_can_be_told_and_found_again(finished: InMemorySpanExporter) -> None:
    """A place is a text, which another process understands as well."""
    assert spans.here() is None
    with spans.span("far"):
        place = spans.here()
    assert place is not None
    assert place.startswith("00-")
    with spans.span("near", parent=place):
        pass
    with spans.within(place), spans.span("inside"):
        pass
    far = _named(finished, "far")
    for name in ("near", "inside"):
        found = _named(finished, name)
        assert found.parent is not None
        assert found.parent.span_id == far.context.span_id


def test_nobody_wants_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an endpoint nothing is loaded, and nothing is traced."""
    for each in ENDPOINTS:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with tracing(), spans.span("a"):
        assert spans.here() is None


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where traces are wanted and nobody can make them, it says what to install."""
    monkeypatch.setenv(ENDPOINTS[0], "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(TracingMissing, match=r"pip install 'palaver\[otel\]'"), tracing():
        pytest.fail("it traces")


def test_traces_are_sent_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an endpoint spans are made for the time of the block, and sent at its end at the latest."""
    from opentelemetry.exporter.otlp.proto.http import trace_exporter
    from opentelemetry.sdk.trace.export import SpanExportResult

    sent: list[str] = []

    def export(self: object, batch: Sequence[ReadableSpan]) -> SpanExportResult:
        sent.extend(each.name for each in batch)
        return SpanExportResult.SUCCESS

    monkeypatch.setenv(ENDPOINTS[0], "http://127.0.0.1:1")
    monkeypatch.setattr(trace_exporter.OTLPSpanExporter, "export", export)
    with tracing(), spans.span("a"):
        assert spans.here() is not None
    assert sent == ["a"]
    assert spans.here() is None
