"""Generated source is laid out as formatters leave it."""

import pytest

from palaver_codegen.client.layout import fitted, united


@pytest.mark.parametrize(("extra", "lines"), [(0, 1), (1, 5)])
def test_call_is_broken_when_it_is_too_long(extra: int, lines: int) -> None:
    """Up to 120 characters stay on one line; beyond, each part has its own, with a comma after each."""
    name = "a" * (120 - len("    f(self, , b)") + extra)
    text = fitted("    f(", ["self", name, "b"], ")")
    assert len(text.splitlines()) == lines
    assert extra == 0 or text.splitlines() == ["    f(", "        self,", f"        {name},", "        b,", "    )"]


def test_union_is_broken_when_it_is_too_long() -> None:
    """A long union stands in brackets, a member on each line."""
    assert united("X = ", ["A", "B"]) == "X = A | B"
    long = ["A" * 60, "B" * 60]
    assert united("X = ", long).splitlines() == ["X = (", f"    {long[0]}", f"    | {long[1]}", ")"]
