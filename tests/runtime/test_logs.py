"""What the server logs."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest

from palaver_runtime.about import note
from palaver_runtime.logs import log_to
from palaver_runtime.settings import Settings

Lines = Callable[..., list[str]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """How to log by `act` with some settings, and what was written."""
    root = logging.getLogger()
    handlers, level, source = root.handlers[:], root.level, logging._srcfile

    def lines_(act: Callable[[logging.Logger], None], *, worker: int | None = None, **settings: str) -> list[str]:
        root.handlers.clear()
        stream = io.StringIO()
        log_to(stream, Settings(**settings), worker=worker)  # type: ignore[arg-type]
        act(logging.getLogger("palaver.test"))
        return stream.getvalue().splitlines()

    looked_up = (logging.logThreads, logging.logProcesses, logging.logMultiprocessing)
    yield lines_
    logging.logThreads, logging.logProcesses, logging.logMultiprocessing = looked_up
    root.handlers[:] = handlers
    root.setLevel(level)
    logging._srcfile = source


async def test_line_for_people(lines: Lines):
    """It says when, how bad, who says so and what, and in brackets whom it is about."""
    note(request="r1", connection="c1", user="ann")
    (line,) = lines(lambda log: log.warning("cut %s", "off"))
    assert line.endswith(" WARNING palaver.test  cut off  [req=r1 conn=c1 user=ann]")


async def test_line_for_people_says_when(lines: Lines):
    """To the millisecond, by the clock on the wall, also where several lines are of one second; traces stand below."""
    records = []
    for moment in (1_767_000_000.25, 1_767_000_000.75, 1_767_000_001.0):
        record = logging.LogRecord("palaver.test", logging.ERROR, "", 0, "x", None, None)
        record.created, record.msecs = moment, moment % 1 * 1000
        records.append(record)
    records[1].exc_info = (OSError, OSError("gone"), None)
    expected = [logging.Formatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s").format(each) for each in records]
    for each in records:
        each.exc_text = None
    found = lines(lambda log: [log.handle(each) for each in records])
    assert found == "\n".join(expected).splitlines()
    assert (len(found), found[2]) == (4, "OSError: gone")


async def test_no_line_looks_for_its_place_in_the_code_nor_for_its_thread(lines: Lines):
    """None says them, and to find them takes time."""
    places: list[object] = []

    def note_place(record: logging.LogRecord) -> bool:
        places.append((record.lineno, record.thread, record.process, record.processName))
        return True

    def act(log: logging.Logger) -> None:
        log.addFilter(note_place)
        log.error("bad")
        log.removeFilter(note_place)

    lines(act)
    assert places == [(0, None, None, None)]


async def test_line_about_nobody(lines: Lines):
    """Without anybody there are no brackets; a worker names itself; what is below the level is not written."""
    (line,) = lines(lambda log: (log.info("no"), log.error("bad")), worker=2, log_level="error")
    assert line.endswith(" ERROR   worker 2  palaver.test  bad")


async def test_line_for_programs(lines: Lines):
    """Each line is an object, whatever is in it, with each identifier under its name and the stack trace."""
    note(request="r1", user="ann\ud800")

    def act(log: logging.Logger) -> None:
        log.info('two\nlines and "quotes"')
        log.error("failed", exc_info=OSError("gone"))

    first, second = map(json.loads, lines(act, worker=3, log_format="json"))
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "info",
        "logger": "palaver.test",
        "message": 'two\nlines and "quotes"',
        "worker": 3,
        "request": "r1",
        "user": "ann\ud800",
    }
    assert second["level"] == "error"
    assert "OSError: gone" in second["exception"]
