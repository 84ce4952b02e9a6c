"""What somebody sends, and how much of it: what tests alone can see, switched off."""

from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any, TypeVar

from mutants.catalogue.small import reads_any_number_of_packets
from mutants.mutant import mutant
from uvicorn import Config

from palaver_runtime import fairness
from palaver_runtime.delivery import hub
from palaver_runtime.fairness import Account
from palaver_runtime.services import outgoing
from palaver_runtime.transports.acceptor import Acceptor
from palaver_runtime.transports.census import Census
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.door import Proxies
from palaver_runtime.transports.grpc import calls
from palaver_runtime.transports.http import reading
from palaver_runtime.transports.inflow import Inflow
from palaver_runtime.transports.rfc6455 import parser
from palaver_runtime.transports.rfc6455.frames import PONG, frame
from palaver_runtime.transports.socketio.packets import Head
from palaver_runtime.transports.socketio.session import Session
from palaver_runtime.transports.turns import Turns

T = TypeVar("T")

_TRANSPORTS = "tests/runtime/transports"
_DOOR = "tests/runtime/dialects/test_door.py"


@mutant(f"{_DOOR}::test_an_address_that_had_its_share_waits", "len(charged) > 2")
def charges_nobody() -> None:
    """What an address asks for costs it nothing."""

    async def free(self: Account, work: Coroutine[Any, Any, T]) -> T:
        return await work

    Account.metered = free


@mutant(f"{_TRANSPORTS}/test_channel.py::test_a_websocket_is_read_when_it_is_the_turn_of_its_address", "one.heard")
def reads_websockets_whosever_turn_it_is() -> None:
    """What a websocket sends is read when it comes."""

    def at_once(self: Channel, began: float) -> None:
        self._read_some()

    Channel._read_since = at_once


@mutant(f"{_TRANSPORTS}/test_turns.py::test_what_is_pending_holds_back_what_comes", "turns.noted ==")
def holds_nothing_back_for_what_is_pending() -> None:
    """While an answer is still to come, whatever else the client sends is handled."""
    Turns._may_join = lambda self, item: True


@mutant(f"{_TRANSPORTS}/test_turns.py::test_what_keeps_its_order_is_pending_together", "turns.noted ==")
def answers_what_is_done_first() -> None:
    """What is pending is answered when it is done, though something before it is not."""

    def answer(self: Turns[Any]) -> None:
        for item, pending in [each for each in self._pending if each[1].done]:
            self._pending.remove((item, pending))
            self.answer(item, pending)

    Turns._answer = answer


@mutant(f"{_TRANSPORTS}/test_turns.py::test_only_so_much_is_pending_together[False]", "turns.noted ==")
def has_any_number_pending_together() -> None:
    """One client fills whole transactions with what it sends."""

    def may_join(self: Turns[Any], item: Any) -> bool:
        return not self._pending or (not self._pending[-1][1].alone and self.keeps_order(item))

    Turns._may_join = may_join


@mutant(f"{_TRANSPORTS}/test_guards.py::test_a_connection_is_read_when_it_is_the_turn_of_its_address", "assert waited")
def reads_requests_whosever_turn_it_is() -> None:
    """What a connection sends is read when it comes."""
    Inflow.pace = lambda self, size: None


@mutant(f"{_TRANSPORTS}/grpc/test_calls.py::test_a_call_is_charged_to_the_address_of_its_caller", "set(charged) ==")
def charges_nobody_for_calls() -> None:
    """What is called costs the caller's address nothing."""
    calls.counted_as = lambda address: ""


@mutant("tests/runtime/test_fairness.py::test_work_for_everybody_is_on_no_account", "(account, None,")
def charges_somebody_for_everybody() -> None:
    """What is done for all is charged to whoever begins it."""
    fairness.nobodys = copy_context


@mutant(
    "tests/runtime/delivery/test_hub.py::test_what_is_missing_is_read_on_nobodys_account", "assert accounts == [None]"
)
def fills_gaps_on_somebodys_account() -> None:
    """What all have missed is read when it is the turn of whoever has found that out."""
    hub.nobodys = copy_context


@mutant("tests/runtime/services/test_outgoing.py::test_a_batch_is_on_no_account", "assert accounts == [None]")
def sends_on_somebodys_account() -> None:
    """Messages of all are committed when it is the turn of whoever was first."""
    outgoing.nobodys = copy_context


@mutant(f"{_TRANSPORTS}/test_acceptor.py::test_those_who_come_at_once_are_let_in_a_few_in_a_turn", "most <=")
def lets_all_in_at_once() -> None:
    """Whoever waits at the port is let in before anything else is done."""
    accept = Acceptor._accept

    def all_at_once(self: Acceptor) -> None:
        for _ in range(1_000):
            accept(self)

    Acceptor._accept = all_at_once


@mutant(f"{_TRANSPORTS}/test_acceptor.py::test_who_has_had_a_share_is_let_in_when_it_is_the_turn", "TimeoutError")
def lets_in_whosever_turn_it_is() -> None:
    """Who connects is let in, whatever the address has had."""

    async def at_once(self: Acceptor, counted: str) -> None:
        pass

    Acceptor._turn = at_once


@mutant(f"{_TRANSPORTS}/test_channel.py::test_websockets_of_an_address_share_its_turn", "heard <=")
def reads_all_websockets_of_an_address_at_once() -> None:
    """An address may take ten milliseconds at once."""
    fairness._BURST = 0.01


@mutant(f"{_TRANSPORTS}/test_census.py::test_census_counts_by_address_and_in_all", "is None")
def counts_connections_of_no_address() -> None:
    """An address may have all connections that there are."""
    enter = Census.enter

    def generous(self: Census, peer: str) -> str | None:
        self._by_address.clear()
        return enter(self, peer)

    Census.enter = generous


@mutant(f"{_TRANSPORTS}/test_door.py::test_only_trusted_proxies_are_believed", "client(peer, forwarded) == client")
def believes_everybody() -> None:
    """Whoever connects may say for whom."""
    Proxies.trusts = lambda self, address: True


@mutant(f"{_DOOR}::test_bodies_of_too_many_values_are_refused", "(400,")
def reads_any_number_of_values() -> None:
    """A body may have as many values as it has room for."""
    reading.too_many = lambda text: False


@mutant(f"{_TRANSPORTS}/test_channel.py::test_who_pings_without_reading_is_cut_off", "one.peer.cut == cut")
def answers_every_ping() -> None:
    """A ping is answered whether the client reads or not."""

    def answer(self: Channel, payload: bytes) -> None:
        self.write(frame(PONG, payload))

    Channel._answer_ping = answer


@mutant(f"{_TRANSPORTS}/test_channel.py::test_end_is_bounded[we]", "TimeoutError")
def waits_for_goodbyes_for_ever() -> None:
    """A websocket ends when its peer has said so."""
    Channel._bound = lambda self: None


@mutant(
    f"{_TRANSPORTS}/socketio/test_engine_socket.py::test_packets_are_counted_before_they_are_taken_apart", "taken apart"
)
def takes_packets_apart_first() -> None:
    """The packets of a request are counted when each of them is there."""
    reads_any_number_of_packets.sabotage()


@mutant(f"{_TRANSPORTS}/socketio/test_session.py::test_unknown_namespace_is_refused_harmlessly", "Invalid namespace")
def takes_any_namespace_for_its_own() -> None:
    """Where a packet is for does not matter."""
    connect = Session._read_connect

    def anywhere(self: Session[Any], data: str, head: Head) -> object:
        here = Head(head.kind, head.attachments, self._dialect.namespace, head.ack, head.body)
        return connect(self, data, here)

    Session._read_connect = anywhere


@mutant(f"{_TRANSPORTS}/rfc6455/test_parser.py::test_what_is_wrong_ends_the_connection", "error is not None")
def reads_frames_of_any_kind() -> None:
    """Bits and kinds of frames that have no meaning are read over."""
    parser._FIRST_BYTES = frozenset(range(256))


@mutant(f"{_TRANSPORTS}/test_listener.py::test_url_of_a_websocket_is_not_logged", "getEffectiveLevel()")
def has_the_listener_say_all_it_knows() -> None:
    """The listener logs as uvicorn does by itself."""
    begin = Config.__init__

    def chatty(self: Config, *given: object, **named: object) -> None:
        begin(self, *given, **{**named, "log_level": "info"})

    Config.__init__ = chatty
