"""Programs in C are compiled, or it is said what is missing."""

from pathlib import Path

import pytest
from versus import building
from versus.building import LOAD_CLIENT, NoCompiler, build


def test_without_a_compiler_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the program and a remedy."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoCompiler, match="cc is not on PATH: install gcc or clang"):
        build(LOAD_CLIENT, tmp_path)


def test_what_does_not_compile_is_told(tmp_path: Path) -> None:
    """The compiler's own words are in the message."""
    source = tmp_path / "wrong.c"
    source.write_text("int main(void) { return nowhere; }\n")
    with pytest.raises(RuntimeError, match=r"(?s)wrong\.c does not compile.*nowhere"):
        build(source, tmp_path)


def test_it_is_said_how_our_server_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of one that was trained are not those of one that was not."""
    monkeypatch.setenv("MYPYC_OPT_LEVEL", "0")
    assert building.kind_of_ours() == "compiled"
    monkeypatch.setattr(building.compiling, "trainable", lambda: True)
    assert building.kind_of_ours() == building.TRAINED


def test_our_server_is_compiled_first_or_it_is_said_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that takes its time it is said before; what is missing is an error that the comparison tells."""
    told: list[str] = []
    monkeypatch.setattr(building, "OURS_COMPILED", tmp_path / "compiled")
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(RuntimeError, match="no-such-compiler is not on PATH: install gcc or clang"):
        building.build_ours(told.append)
    assert told == []
