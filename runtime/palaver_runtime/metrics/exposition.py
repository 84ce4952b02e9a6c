"""The figures as Prometheus reads them."""

from collections.abc import Iterable
from itertools import accumulate

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from palaver_runtime.metrics.catalogue import Metrics
from palaver_runtime.metrics.instruments import Counter, Gauge, Histogram, Instrument

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Exposition:
    """Writes the figures, and those of the process: memory, processor time, open files."""

    def __init__(self, metrics: Metrics) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Figures(metrics))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def text(self) -> bytes:
        """Give everything as it is now, in the text format; its type is CONTENT_TYPE."""
        return generate_latest(self._registry)


class _Figures(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """Give the figures as they are now."""
        return map(_family, self._metrics)


def _family(instrument: Instrument) -> Metric:
    match instrument:
        case Counter():
            counter = CounterMetricFamily(instrument.name, instrument.text, labels=instrument.labels)
            for labels, value in instrument.values().items():
                counter.add_metric(labels, value)
            return counter
        case Histogram():
            histogram = HistogramMetricFamily(instrument.name, instrument.text, labels=instrument.labels)
            bounds = [*map(str, instrument.bounds), "+Inf"]
            for labels, series in instrument.series().items():
                histogram.add_metric(labels, list(zip(bounds, accumulate(series.counts), strict=True)), series.sum)
            return histogram
        case Gauge():
            gauge = GaugeMetricFamily(instrument.name, instrument.text, labels=instrument.labels)
            for labels, value in instrument.values().items():
                gauge.add_metric(labels, value)
            return gauge
        case _:
            raise TypeError(f"{instrument.name} is of no kind that Prometheus knows")
