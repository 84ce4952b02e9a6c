"""What the server logs: lines for people, or a JSON object on each line for programs. Both say whom they are about."""

import json
import logging
from datetime import UTC, datetime
from typing import Final, TextIO

from palaver_runtime.about import about
from palaver_runtime.settings import LogFormat, Settings

_SHORT: Final = {"request": "req", "connection": "conn", "user": "user"}


class HumanFormatter(logging.Formatter):
    """A line for people: time, level, logger, message, and in brackets whom it is about."""

    def __init__(self, worker: int | None) -> None:
        process = "" if worker is None else f"worker {worker}  "
        super().__init__(f"%(asctime)s %(levelname)-7s {process}%(name)s  %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of the library
        """Write the line without what follows an exception."""
        text = super().formatMessage(record)
        whom = " ".join(f"{_SHORT[name]}={value}" for name, value in about().items())
        return f"{text}  [{whom}]" if whom else text


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
    # What libraries say at DEBUG holds all that goes through them: frames, headers, statements with their values.
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.basicConfig(level=max(logging.INFO, level), handlers=[handler])
    logging.getLogger("palaver_runtime").setLevel(level)
