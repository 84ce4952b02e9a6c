"""Frames as a server writes them."""

import pytest
from websockets.frames import Frame, Opcode

from palaver_runtime.transports.rfc6455.frames import BINARY, CLOSE, PING, PONG, TEXT, frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_frames_are_those_of_another_library(opcode: int, size: int) -> None:
    """Whole, not masked, and with the shortest length."""
    payload = b"x" * size
    assert frame(opcode, payload) == Frame(Opcode(opcode), payload).serialize(mask=False)


@pytest.mark.parametrize("opcode", [CLOSE, PING, PONG])
def test_control_frames(opcode: int) -> None:
    """They have two bytes before what they carry."""
    assert frame(opcode, b"\x03\xe8") == bytes((0x80 | opcode, 2, 3, 0xE8))
