"""The compiler of C learns from a server at work, where it can: it is compiled, put to work, and compiled again."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import compiled
import compiling
import pytest
from compiled import SUFFIX
from compiling import TRAINING, NotCompiled

_WORK = """\
import os, subprocess, sys
code = "from palaver_runtime import one; print(one.one(), one.__file__)"
env = {**os.environ, "PYTHONPATH": sys.argv[1]}
done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
assert done.stdout == f"1 {sys.argv[1]}/palaver_runtime/one@SUFFIX@\\n", done.stdout
""".replace("@SUFFIX@", SUFFIX)
"""A training: the build that counts is put to work, once."""

_COMPILER = """\
#!/bin/sh
for each; do
  [ "$last" = -o ] && notes="${each%%.o}.gcda"
  last=$each
done
[ -e "$notes" ] && echo "with notes: $*" >> %(log)s || echo "without notes: $*" >> %(log)s
exec cc "$@"
"""
"""A compiler of C that writes down how it was called, and whether there were notes for it."""

Train = Callable[[str], None]


@pytest.fixture
def trained(toy: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Return what gives the toy a training, and has it compiled at a level where that is of use."""

    def give(source: str) -> None:
        script = toy / TRAINING
        script.parent.mkdir()
        script.write_text(source)
        monkeypatch.setenv("MYPYC_OPT_LEVEL", "1")
        # As it is by default: what runs writes bytecode beside what it imports.
        monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)

    return give


@pytest.fixture
def compiler(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return what has a script be the compiler of C."""

    def named(source: str) -> Path:
        script = tmp_path_factory.mktemp("compiler") / "compiler"
        script.write_text(source)
        script.chmod(0o755)
        monkeypatch.setenv("CC", str(script))
        return script

    return named


def test_it_is_compiled_again_with_what_a_server_at_work_has_shown(
    toy: Path, trained: Train, compiler: Callable[[str], Path]
) -> None:
    """The second time there are notes of the first, and what comes out takes none itself."""
    trained(_WORK)
    log = toy / "log"
    compiler(_COMPILER % {"log": log})
    folder, told = toy / "build" / "compiled", list[str]()
    assert compiled.build(folder, told.append)
    assert len(told) == 4, told
    calls = [line for line in log.read_text().splitlines() if " -c " in line and "__native" in line and "one.c" in line]
    assert [("-fprofile-generate" in line, "-fprofile-use" in line) for line in calls] == [(True, False), (False, True)]
    assert [line.partition(":")[0] for line in calls] == ["without notes", "with notes"]
    assert not [each for each in compiled.extensions(folder) if b"__gcov" in each.read_bytes()]
    assert not list(folder.rglob("__pycache__"))
    assert compiled.current(folder)
    assert not compiled.current(folder, untrained=True)


def test_who_wants_it_sooner_does_without(toy: Path, trained: Train) -> None:
    """It is compiled once, and nothing is put to work."""
    trained("raise SystemExit('this is not for me')")
    folder, told = toy / "build" / "compiled", list[str]()
    assert compiled.build(folder, told.append, untrained=True)
    assert told == ["translating 2 modules to C", "compiling them"]
    assert compiled.current(folder, untrained=True)
    assert not compiled.current(folder)


def test_a_training_that_fails_is_told_and_the_folder_stays(toy: Path, trained: Train) -> None:
    """With its own words, and how to do without it."""
    trained("raise SystemExit('there is no PostgreSQL')")
    with pytest.raises(
        NotCompiled, match=r"(?s)bench/training\.py failed at .*there is no PostgreSQL.*make compiled ARGS=.--untrained"
    ):
        compiled.build(toy / "build" / "compiled")
    assert {each.name for each in (toy / "build").iterdir()} == {".compiled.lock"}


def test_it_is_known_which_compiler_can_learn(
    monkeypatch: pytest.MonkeyPatch, compiler: Callable[[str], Path], tmp_path: Path
) -> None:
    """GCC can, where there is a use for it; clang, which says that it is GCC too, and what is not there cannot."""
    monkeypatch.setenv("MYPYC_OPT_LEVEL", "2")
    compiler("#!/bin/sh\necho '#define __GNUC__ 12'\n")
    assert compiling.trainable()
    with monkeypatch.context() as patch:
        patch.setenv("MYPYC_OPT_LEVEL", "0")
        assert not compiling.trainable()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "darwin")
        assert not compiling.trainable()
    compiler("#!/bin/sh\necho '#define __clang__ 1'\necho '#define __GNUC__ 4'\n")
    assert not compiling.trainable()
    monkeypatch.setenv("CC", str(tmp_path / "nowhere"))
    assert not compiling.trainable()


@pytest.mark.parametrize("stubborn", [False, True])
def test_what_is_stopped_may_put_away_its_own(monkeypatch: pytest.MonkeyPatch, *, stubborn: bool) -> None:
    """It is asked to end first; what does not for a while is ended."""
    monkeypatch.setattr(compiling, "_PATIENCE", 0.2 if stubborn else 30.0)
    answer = "signal.SIG_IGN" if stubborn else "lambda *_: sys.exit(7)"
    code = f"import signal, sys, time; signal.signal(15, {answer}); print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        compiling._end(process)
    assert process.returncode == (-signal.SIGKILL if stubborn else 7)
