"""What figures are kept in."""

from palaver_runtime.metrics import Counter, Gauge, Histogram


def test_a_counter_counts_by_labels():
    """Each set of label values has a count of its own; without labels there is one from the start."""
    counter = Counter("a", "A.", ["kind", "result"])
    assert counter.values() == {}
    counter.add("x", "ok")
    counter.add("x", "ok")
    counter.add("y", "ok", amount=5)
    assert counter.values() == {("x", "ok"): 2, ("y", "ok"): 5}
    assert Counter("b", "B.").values() == {(): 0}


def test_a_counter_takes_what_others_count():
    """A count that is kept elsewhere is asked for each time, and added to what is counted here."""
    kept = [3.0]
    counter = Counter("a", "A.")
    counter.watch(lambda: kept[0])
    assert counter.values() == {(): 3}
    kept[0] = 4
    counter.add()
    assert counter.values() == {(): 5}
    by_kind = Counter("b", "B.", ["kind"])
    by_kind.watch(lambda: 1, "x")
    by_kind.add("y")
    assert by_kind.values() == {("x",): 1, ("y",): 1}


def test_a_gauge_asks_when_somebody_looks():
    """Amounts of the same labels are added up, so that several may keep one figure together."""
    waiting: list[str] = []
    gauge = Gauge("a", "A.", ["where"])
    gauge.watch(lambda: len(waiting), "here")
    gauge.watch_all(lambda: {("here",): 10, ("there",): 1})
    assert gauge.values() == {("here",): 10, ("there",): 1}
    waiting.append("x")
    assert gauge.values() == {("here",): 11, ("there",): 1}
    assert Gauge("b", "B.").values() == {}


def test_a_histogram_counts_within_bounds():
    """A value that equals a bound is within it; what is beyond the last is counted too."""
    histogram = Histogram("a", "A.", ["kind"], bounds=(1, 10))
    for value in (0.5, 1, 1.5, 10, 11):
        histogram.observe(value, "x")
    histogram.observe(2, "y")
    assert histogram.bounds == (1.0, 10.0)
    series = histogram.series()
    assert {labels: (each.counts, each.sum) for labels, each in series.items()} == {
        ("x",): ([2, 2, 1], 24),
        ("y",): ([0, 1, 0], 2),
    }
