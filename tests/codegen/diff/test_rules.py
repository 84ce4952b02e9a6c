"""The catalogue of rules."""

from palaver_codegen.diff import Severity, rules


def test_rules_are_whole_sentences() -> None:
    """A rule says in a sentence what it is and in another one why; its name does not hold its severity."""
    assert len(rules()) > 100
    for rule in rules().values():
        assert rule.summary.endswith("."), rule
        assert rule.why.endswith("."), rule
        assert not any(severity in rule.id for severity in Severity)


def test_what_clients_send_and_the_server_sends_are_opposites() -> None:
    """What only narrows breaks requests and not responses, and what only widens the reverse, or is risky there."""
    for rule in rules().values():
        side, _, kind = rule.id.partition("-")
        if kind.endswith("-narrowed"):
            assert rule.severity is (Severity.BREAKING if side == "request" else Severity.SAFE)
        if kind.endswith("-widened"):
            assert rule.severity is (Severity.SAFE if side == "request" else Severity.BREAKING)
