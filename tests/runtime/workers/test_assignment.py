"""What a supervisor and a worker tell each other."""

import asyncio

from palaver_runtime.workers.assignment import Assignment, line, read_line


def test_assignment_comes_back_as_it_was():
    """Everything that a worker is told arrives, on one line, ports as numbers."""
    assignment = Assignment(
        number=2,
        flags={"host": "::1", "jwt_secret": "a\nb"},
        dialects=("gateway", "desk"),
        apps=("desk",),
        app_dirs=(".",),
        port=None,
        grpc_port=50_051,
        sockets={0: 7, 4001: 8},
    )
    text = assignment.line()
    assert text.count(b"\n") == 1
    assert Assignment.read(text) == assignment


async def test_lines_are_read_until_the_end():
    """One after the other; a line that breaks off is the end too."""
    reader = asyncio.StreamReader()
    reader.feed_data(line({"a": 1}) + line({"b": 2}) + b'{"c"')
    reader.feed_eof()
    assert [await read_line(reader) for _ in range(4)] == [{"a": 1}, {"b": 2}, None, None]
