"""Which build runs."""

import pytest

from palaver_runtime import fairness
from palaver_runtime.compiled import is_compiled


def test_it_is_known_by_a_module_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extension is compiled, whatever stands beside it; these tests are of the sources."""
    assert not is_compiled()
    monkeypatch.setattr(fairness, "__file__", "palaver_runtime/fairness.cpython-311-x86_64-linux-gnu.so")
    monkeypatch.setattr("palaver_runtime.compiled.EXTENSION_SUFFIXES", [".cpython-311-x86_64-linux-gnu.so", ".so"])
    assert is_compiled()
