"""What a server counts of itself, for its operators; a leaf that everything else may import, without I/O.

`Metrics` has every figure that there is. The services and adapters count through it; a transport counts through a
`Meter`, which knows the dialect. `exposition` alone knows Prometheus.
"""

from palaver_runtime.metrics.catalogue import OK, Metrics
from palaver_runtime.metrics.instruments import Counter, Gauge, Histogram, Instrument
from palaver_runtime.metrics.meter import UNKNOWN, Meter

__all__ = ["OK", "UNKNOWN", "Counter", "Gauge", "Histogram", "Instrument", "Meter", "Metrics"]
