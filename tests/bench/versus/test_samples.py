"""Samples of a profiler, and the rooms that they are for."""

import pytest
from versus.samples import BESIDE, LOOP, ROOMS, room_of, shares

_SAMPLES = """

\t          144f60 member_get.lto_priv.0 (/usr/bin/python3.11)
\t    7fe655265752 CPyDef_hub___Hub____deliver+0x1a (/x/build/compiled/5__mypyc.cpython-311-x86_64-linux-gnu.so)
\t    7fe655265752 CPyDef_outgoing___Outgoing____tell (/x/build/compiled/5__mypyc.cpython-311-x86_64-linux-gnu.so)

\tffffffff81f0c0de tcp_sendmsg ([kernel.kallsyms])
\t          4fd830 __libc_write (/usr/lib/libc.so.6)
\t    7fe655265752 CPyDef_channel___Channel___flush (/x/build/compiled/5__mypyc.cpython-311-x86_64-linux-gnu.so)

\t    7fe655265752 CPyPy_channel___Channel___data_received (/x/build/compiled/5__mypyc.cpython-311-x86_64-linux-gnu.so)

\tffffffff81f0c0de do_epoll_wait ([kernel.kallsyms])
\t    7fe655265752 [unknown] (/x/uvloop/loop.cpython-311-x86_64-linux-gnu.so)
"""


def test_a_sample_is_for_the_innermost_room() -> None:
    """With what the interpreter and the kernel did for it; what came through none is the loop's."""
    found = shares(_SAMPLES.splitlines(keepends=True))
    assert tuple(found) == ROOMS
    assert {name: (each.all, each.kernel) for name, each in found.items() if each.all} == {
        "sequencer": (0.25, 0.0),
        "wire": (0.5, 0.25),
        LOOP: (0.25, 0.25),
    }


def test_nothing_is_told_of_a_server_that_did_nothing() -> None:
    """Who divides has something to divide."""
    with pytest.raises(ValueError, match="no samples"):
        shares(["\n"])


@pytest.mark.parametrize(
    ("symbol", "room"),
    [
        ("CPyDef_hub___Hub___receive", "sequencer"),
        ("CPyDef__sockets___Sockets___deliver", "codec"),
        ("CPyDef_encoding____written", "wire"),
        ("CPyDef_services___limits___Limits___at_once", "service"),
        ("CPyDef_redis___limits___RedisLimiter____send", "bus"),
        ("CPyDef_memory___MemoryBus___publish", "bus"),
        ("CPyPy_commits___Commits____run", "store"),
        ("CPyDef_clock___SystemClock___now", BESIDE),
        ("CPyDef_nobody___knows", None),
        ("PyObject_GetAttr", None),
    ],
)
def test_functions_are_known_by_the_names_that_the_compiler_gives(symbol: str, room: str | None) -> None:
    """Also where two modules have one name."""
    assert room_of(symbol) == room
