"""The reference page of the figures, written from the figures themselves.

python -m palaver_runtime.metrics.page docs/reference/metrics.md
"""

import sys
from pathlib import Path

from palaver_runtime.metrics.catalogue import Metrics
from palaver_runtime.metrics.instruments import Counter, Histogram, Instrument

_HEAD = """\
# Metrics

What `/metrics` tells, in the text format of Prometheus. This page is written by `make generate`.

In development whoever reaches the server may ask for it. In production, and with several workers, it is served where
`--operations-port` (`PALAVER_OPERATIONS_PORT`, on `PALAVER_OPERATIONS_HOST`, 127.0.0.1 unless set) says, and nowhere
else: figures tell a stranger how many people talk, and which limits are near.

With several workers (`--workers`) each sample has the label `worker` too, and `palaver_workers` and
`palaver_worker_restarts_total` tell of the workers themselves. The process has the usual `process_*` figures.

- A `dialect` is named as its documents are. An `event`, `operation` or `call` is one of the documents; whatever clients
  make up counts as `unknown`, so that nobody can make the number of series grow.
- A `result` is `ok`, or the error code that the client was told.
- A `limit` is named as in its setting or in what was too much of.

| name | kind | labels | what it tells |
|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "".join(_row(each) for each in Metrics())


def _row(instrument: Instrument) -> str:
    match instrument:
        case Counter():
            name, kind = f"{instrument.name}_total", "counter"
        case Histogram():
            bounds = instrument.bounds
            name, kind = instrument.name, f"histogram, {bounds[0]:g} to {bounds[-1]:g}"
        case _:
            name, kind = instrument.name, "gauge"
    labels = ", ".join(f"`{each}`" for each in instrument.labels)
    return f"| `{name}` | {kind} | {labels} | {instrument.text} |\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
