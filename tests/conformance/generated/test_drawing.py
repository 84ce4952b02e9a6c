"""What a seed draws does not depend on what else is there."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis.internal.conjecture import providers

from palaver_conformance.generated import drawing

PROGRAM = """
import asyncio, json, sys
from hypothesis import strategies as st
sys.path.insert(0, ".")
if len(sys.argv) > 1:
    import nearby
from palaver_conformance.generated.search import Bounds, search
drawn = []
asyncio.run(search(lambda: st.text() | st.integers(), drawn.append, Bounds("a seed", 300, 60.0, 60.0)))
print(json.dumps(drawn))
if len(sys.argv) > 1:
    # Whoever has tests beside this one is served as always.
    from hypothesis.internal.conjecture import providers
    assert 987654321 in providers._get_local_constants().set_for_type("integer")
"""


def test_seed_draws_the_same_wherever_more_is_imported(tmp_path: Path) -> None:
    """Constants of modules nearby are not drawn, but by other threads."""
    (tmp_path / "nearby.py").write_text(f"NUMBER = 987654321\nWORDS = {[f'word {each}' for each in range(50)]}\n")

    def drawn(*arguments: str) -> str:
        program = [sys.executable, "-B", "-c", PROGRAM, *arguments]
        return subprocess.run(program, cwd=tmp_path, check=True, timeout=120, capture_output=True, text=True).stdout

    assert drawn("with what is nearby") == drawn()


@pytest.mark.parametrize("gone", ["hypothesis.internal.constants_ast", "_get_local_constants"])
def test_another_hypothesis_draws_as_it_does(gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is changed is no part of its interface, and may be gone."""
    if "." in gone:
        monkeypatch.setitem(sys.modules, gone, None)
    else:
        monkeypatch.delattr(providers, gone)
    before = dict(vars(providers))
    drawing._look_into_no_sources.__wrapped__()
    assert vars(providers) == before
