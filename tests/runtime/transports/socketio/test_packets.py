"""Socket.IO packets as text."""

import json

import pytest
import socketio.packet
from hypothesis import given
from hypothesis import strategies as st

from palaver_runtime.transports.socketio import packets
from palaver_runtime.transports.socketio.packets import MalformedPacket
from palaver_runtime.transports.values import too_many


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("0", ("0", 0, "/", None, 1)),
        ('0{"a":1}', ("0", 0, "/", None, 1)),
        ("0/x", ("0", 0, "/x", None, 3)),
        ("0/x,", ("0", 0, "/x", None, 4)),
        ("0/x?token=t,", ("0", 0, "/x", None, 12)),
        ('2["a"]', ("2", 0, "/", None, 1)),
        ('27["a"]', ("2", 0, "/", "7", 2)),
        ('2/x,07["a"]', ("2", 0, "/x", "07", 6)),
        ('52-/x,7["a"]', ("5", 2, "/x", "7", 7)),
    ],
)
def test_head(text, head):
    """The head tells type, attachments, namespace and acknowledgement id, and where the JSON starts."""
    found = packets.read_head(text)
    assert (found.kind, found.attachments, found.namespace, found.ack, found.body) == head


@pytest.mark.parametrize("text", ["", "7", "x", "-1", '5["a"]', '21-["a"]', "212345678901234567[", "٢[]"])
def test_text_without_a_head_is_malformed(text):
    """Text that does not start like a packet is refused."""
    with pytest.raises(MalformedPacket):
        packets.read_head(text)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ('["a"]', ("a", ())),
        (' [ "a" , {"b": [1, 2]} ,null ] ', ("a", ('{"b": [1, 2]}', "null"))),
        ('["a","\\ud800"]', ("a", ('"\\ud800"',))),
        ('["a",' + "9" * 5000 + "]", ("a", ("9" * 5000,))),
    ],
)
def test_event_keeps_the_raw_text_of_its_arguments(text, event):
    """Arguments stay raw: what only a validator may judge does not fail here."""
    found = packets.read_event(text, 0)
    assert (found.name, found.arguments) == event


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "[1]",
        '["a"',
        '["a",]',
        '["a"] x',
        '["a" 1]',
        '["a",NaN]',
        '["a",-Infinity]',
        '["a",01]',
        '["\\ud800"]',
        "[" * 9999,
    ],
)
def test_text_that_is_no_event_is_malformed(text):
    """An event is one JSON array that starts with a string, and nothing around it."""
    with pytest.raises(MalformedPacket):
        packets.read_event(text, 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.text(), arguments=st.lists(JSON, max_size=3), ascii_only=st.booleans())
def test_every_json_array_is_read(name, arguments, ascii_only):
    """Whatever a client's JSON encoder writes is read back, argument by argument."""
    text = json.dumps([name, *arguments], ensure_ascii=ascii_only)
    event = packets.read_event(text, 0)
    assert event.name == name
    assert [json.loads(argument) for argument in event.arguments] == arguments


@given(text=st.text(st.sampled_from('0123456/,-[]{}"ax: \\')))
def test_any_text_is_read_or_refused(text):
    """No text makes reading fail in another way than MalformedPacket."""
    try:
        head = packets.read_head(text)
        packets.read_event_name(text, head.body)
        packets.read_event(text, head.body)
    except MalformedPacket:
        pass


@pytest.mark.parametrize("arguments", ["[" + "[[]]," * 5_000 + "1]", "{}, {}," + "[1]," * 5_000 + " 1"])
def test_more_values_than_anybody_reads_are_not_divided(arguments):
    """What is handed over is as long as what came, for the receiver to refuse."""
    event = packets.read_event(f'["event" , {arguments}] ', 0)
    assert (event.name, len(event.arguments)) == ("event", 1)
    assert event.arguments[0].strip() == arguments.strip()
    assert too_many(event.arguments[0].encode())


def test_name_of_an_event_too_large_to_read():
    """The name is found without reading the rest; without one it is None."""
    assert packets.read_event_name('["big",{"broken', 0) == "big"
    assert packets.read_event_name('[1,"big"', 0) is None
    assert packets.read_event_name("", 0) is None
    assert packets.read_event_name('["\\ud800"', 0) is None


@pytest.mark.parametrize("text", ["[1]", '"x"', "{", '{"token":"\\ud800"}', "[" * 9999, '{"a":NaN}', "1"])
def test_auth_is_an_object(text):
    """The auth of CONNECT is an object or absent."""
    assert packets.read_auth("0", 1) == {}
    assert packets.read_auth('0{"token":"t"}', 1) == {"token": "t"}
    with pytest.raises(MalformedPacket):
        packets.read_auth(text, 0)


@pytest.mark.parametrize("namespace", ["/", "/chat"])
def test_written_packets_are_read_by_the_library(namespace):
    """python-socketio reads each packet that is written here."""
    read = {
        packets.connect_packet(namespace, "s"): (0, None, {"sid": "s"}),
        packets.disconnect_packet(namespace): (1, None, None),
        packets.event_packet(namespace, "ü", {"a": [1]}): (2, None, ["ü", {"a": [1]}]),
        packets.ack_packet(namespace, "12", [{"ok": True}]): (3, 12, [{"ok": True}]),
        packets.connect_error_packet(namespace, "no"): (4, None, {"message": "no"}),
    }
    for text, expected in read.items():
        packet = socketio.packet.Packet(encoded_packet=text)
        assert (packet.packet_type, packet.id, packet.data) == expected
        assert (packet.namespace or "/") == namespace
