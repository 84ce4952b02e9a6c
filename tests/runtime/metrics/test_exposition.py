"""The figures as Prometheus reads them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from palaver_runtime.metrics import Instrument, Metrics
from palaver_runtime.metrics.exposition import Exposition


def test_every_figure_can_be_read_again():
    """A reader of the format finds each figure with its kind, its meaning and its samples."""
    metrics = Metrics()
    metrics.events.add("desk", 'bell:"ring"\n', "ok", amount=3)
    metrics.outgoing_waiting.watch(lambda: 7)
    metrics.commit_seconds.observe(0.003)
    metrics.commit_seconds.observe(60)
    families = {each.name: each for each in text_string_to_metric_families(Exposition(metrics).text().decode())}
    for instrument in metrics:
        assert families[instrument.name].documentation == instrument.text
    (event,) = families["palaver_events"].samples
    assert (event.name, event.value) == ("palaver_events_total", 3)
    assert event.labels == {"dialect": "desk", "event": 'bell:"ring"\n', "result": "ok"}
    assert families["palaver_outgoing_waiting"].type == "gauge"
    assert [each.value for each in families["palaver_outgoing_waiting"].samples] == [7]
    commit = {(each.name, each.labels.get("le")): each.value for each in families["palaver_commit_seconds"].samples}
    assert commit["palaver_commit_seconds_bucket", "0.0025"] == 0
    assert commit["palaver_commit_seconds_bucket", "0.005"] == 1
    assert commit["palaver_commit_seconds_bucket", "10.0"] == 1
    assert commit["palaver_commit_seconds_bucket", "+Inf"] == commit["palaver_commit_seconds_count", None] == 2
    assert commit["palaver_commit_seconds_sum", None] == 60.003


def test_the_process_is_told_of_too():
    """Memory and processor time of the process stand beside what it counts itself."""
    families = {each.name for each in text_string_to_metric_families(Exposition(Metrics()).text().decode())}
    assert {"process_resident_memory_bytes", "process_cpu_seconds", "python_info"} <= families


def test_a_figure_of_another_kind_is_a_defect():
    """What has no form in the format is not left out without a word."""
    metrics = Metrics()
    metrics.odd = Instrument("palaver_odd", "Odd.")  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="palaver_odd"):
        Exposition(metrics).text()
