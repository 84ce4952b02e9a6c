"""The wire log as a sequence diagram."""

from samples import contract, wire

from palaver_conformance.evidence.trace import STAGED, Entry
from palaver_conformance.report.frames import read
from palaver_conformance.report.html.diagram import Diagram, diagram


def drawn(entries: list[Entry], conclusion: str = "expected a wonder") -> Diagram:
    """Return the diagram of a log."""
    return diagram(read(entries, contract()), conclusion)


def test_scenario_is_drawn_in_its_parts() -> None:
    """Setting the stage, the scenario and clearing up are apart; the conclusion stands where the scenario ended."""
    parts = drawn(wire()).parts
    assert [(part.name, part.packets) for part in parts] == [
        ("Setting the stage", 2),
        ("The scenario", 4),
        ("Clearing up", 1),
    ]
    assert [row.shape for row in parts[1].rows] == ["message", "message", "answer", "objection", "conclusion"]
    assert [row.entry for row in parts[1].rows] == [3, 4, 5, 6, None]
    assert "conclusion" not in [row.shape for part in (parts[0], parts[2]) for row in part.rows]


def test_stage_that_was_not_set_has_the_conclusion() -> None:
    """Where setting the stage failed there is no scenario, and the conclusion stands there."""
    (stage,) = drawn(wire()[:2]).parts
    assert (stage.name, stage.rows[-1].label) == ("Setting the stage", "expected a wonder")


def test_arrows_go_between_their_columns() -> None:
    """What is sent goes to the server and what is received comes from it, in the columns of both; time goes down."""
    picture = drawn(wire())
    alice, server, bob = (column.x for column in picture.columns)
    said, heard, refused = picture.parts[1].rows[:3]
    assert (said.x, said.to, said.time) == (alice, server, "0.004")
    assert (heard.x, heard.to) == (server, bob)
    assert (refused.x, refused.to, refused.refusal) == (server, alice, "FORBIDDEN")
    for part in picture.parts:
        heights = [row.y for row in part.rows]
        assert heights == sorted(heights)
        assert all(0 < y < part.height for y in heights)
    assert bob < picture.width


def test_what_keeps_a_connection_alive_is_left_out() -> None:
    """Pings and the greeting of the transport are in the log alone."""
    packets = [Entry(at, "alice/1", "<-", text) for at, text in enumerate(('0{"sid":"x"}', "2", '40{"sid":"x"}'))]
    (part,) = drawn(packets).parts
    assert [row.label for row in part.rows[:-1]] == ["connect"]
    assert part.packets == 3


def test_repetitions_are_framed() -> None:
    """What came many times over is drawn once, with a frame around it that says how many times."""
    packets = [
        Entry(at, "alice/1", *each) for at in range(40) for each in (("->", '42["say",{}]'), ("<-", '42["heard",{}]'))
    ]
    picture = drawn(packets)
    (part,) = picture.parts
    assert [row.label for row in part.rows[:-1]] == ["say", "heard"]
    (loop,) = part.loops
    assert loop.times == 40
    assert all(loop.y < row.y < loop.y + loop.height for row in part.rows[:-1])
    assert loop.x < picture.columns[0].x < picture.columns[1].x < loop.x + loop.width


def test_long_log_is_cut_in_the_middle() -> None:
    """Of very many steps the first and last are drawn, and between them how many are not."""
    packets = [Entry(0, "", "==", STAGED), *(Entry(at, "a/1", "->", f'42["{at}",{{}}]') for at in range(1000))]
    rows = drawn(packets).parts[1].rows
    assert [row.label for row in rows if row.shape == "gap"] == ["800 steps are left out here; the log has them"]
    assert (rows[0].label, rows[29].label, rows[31].label, rows[-2].label) == ("0", "29", "830", "999")


def test_what_is_too_long_is_cut() -> None:
    """Names and contents stay within their arrows, or about so."""
    packets = [Entry(0, "alice/1", "->", f'42["{"long" * 100}",{{"text":"{"x" * 190}"}}]')]
    row = drawn(packets).parts[0].rows[0]
    assert row.label.endswith("…")
    assert row.brief.endswith("…")
    assert len(row.label) < 40
