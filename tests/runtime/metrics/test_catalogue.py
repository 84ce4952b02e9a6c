"""Every figure that there is."""

import re

from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.metrics import Metrics


def test_names_are_those_of_prometheus():
    """Each figure has a name of its own, ours by its prefix, and says in a sentence what it means."""
    instruments = list(Metrics())
    names = [each.name for each in instruments]
    assert len(set(names)) == len(names) > 20
    for each in instruments:
        assert re.fullmatch(r"palaver_[a-z]+(_[a-z]+)*(?<!_total)", each.name)
        assert each.text[0].isupper()
        assert each.text.endswith(".")
        assert all(re.fullmatch(r"[a-z]+", label) for label in each.labels)


def test_a_process_has_figures_of_its_own():
    """What is counted in one is not in another."""
    one, other = Metrics(), Metrics()
    one.refusals.add("messages")
    assert other.refusals.values() == {}


def test_attempts_to_sign_in_are_counted_by_their_end():
    """A refusal counts by its code, and what has none as a failure of ours."""
    metrics = Metrics()
    metrics.signed_in("login")
    metrics.signed_in("login", Forbidden("no"))
    metrics.signed_in("token", OSError("gone"))
    assert metrics.sign_ins.values() == {
        ("login", "ok"): 1,
        ("login", "FORBIDDEN"): 1,
        ("token", "INTERNAL_ERROR"): 1,
    }
