"""What the server logs: lines for people, or a JSON object on each line for programs. Both say whom they are about."""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Final, TextIO

from palaver_runtime.about import about
from palaver_runtime.settings import LogFormat, Settings

_SHORT: Final = {"request": "req", "connection": "conn", "user": "user"}


class HumanFormatter(logging.Formatter):
    """A line for people: time, level, logger, message, and in brackets whom it is about."""

    def __init__(self, worker: int | None) -> None:
        super().__init__()
        self._process = "" if worker is None else f"worker {worker}  "
        self._second = (0, "")

    def format(self, record: logging.LogRecord) -> str:
        """Write the line, and a stack trace below it.

        The library's own takes twice as long, and each connection that is cut off has a line.
        """
        whom = " ".join([f"{_SHORT[name]}={value}" for name, value in about().items()])
        text = (
            f"{self.formatTime(record)} {record.levelname:<7} {self._process}{record.name}  {record.getMessage()}"
            f"{whom and f'  [{whom}]'}"
        )
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the library's
        """Write the moment; its second is written once for all lines that it has."""
        second = int(record.created)
        if second != self._second[0]:
            self._second = (second, time.strftime(datefmt or self.default_time_format, self.converter(second)))
        return f"{self._second[1]},{int(record.msecs):03}"


class JsonFormatter(logging.Formatter):
    """A JSON object on one line: time, level, logger, message, and each identifier under its name."""

    def __init__(self, worker: int | None) -> None:
        super().__init__()
        self._process = {} if worker is None else {"worker": worker}

    def format(self, record: logging.LogRecord) -> str:
        """Write the line, the stack trace included."""
        content: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self._process,
            **about(),
        }
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        # Whatever cannot be written as UTF-8, as half of a surrogate pair in a name, is escaped.
        return json.dumps(content)


def log_to(stream: TextIO, settings: Settings, *, worker: int | None = None) -> None:
    """Log to a stream as the settings say; `worker` is the number of this process, if there are several."""
    handler = logging.StreamHandler(stream)
    formatter = JsonFormatter if settings.log_format is LogFormat.JSON else HumanFormatter
    handler.setFormatter(formatter(worker))
    # No line says which line of the code it is from, to find which takes a quarter of the time of each.
    logging._srcfile = None
    # Nor which thread or process, which takes a quarter of the rest.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # What libraries say at DEBUG holds all that goes through them: frames, headers, statements with their values.
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.basicConfig(level=max(logging.INFO, level), handlers=[handler])
    logging.getLogger("palaver_runtime").setLevel(level)
