"""What has become of a thing."""

from palaver_codegen.diff.pairing import pair


def test_by_key_then_by_likeness() -> None:
    """What kept its key is the same; of the rest, who alone is like another one is that one, renamed."""
    old = {"a": "1x", "b": "2y", "c": "3y", "d": "4z", "e": "5"}
    new = {"a": "1q", "f": "6z", "g": "7y", "h": "8"}
    found = pair(old, new, (lambda thing: thing[1:],))
    assert found.kept == [("1x", "1q")]
    assert found.renamed == [("4z", "6z")]
    assert found.gone == ["2y", "3y", "5"]
    assert found.come == ["7y", "8"]


def test_likenesses_in_their_order() -> None:
    """The first likeness that pairs a thing decides."""
    found = pair({"a": "xy"}, {"b": "xz", "c": "wy"}, (lambda thing: thing[1], lambda thing: thing[0]))
    assert found.renamed == [("xy", "wy")]
    assert found.come == ["xz"]
