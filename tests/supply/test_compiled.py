"""The compiled build is the same server: it keeps every contract, and is made whole or not at all."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import compiled
import compiling
import psutil
import pytest
from compiled import SUFFIX
from compiling import NotCompiled
from servers.judge import judge
from servers.palaver import Server, serving

from palaver_conformance.contract import sources

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "supply" / "compiled.py"
SECRET = "the secret of these tests, which is long enough"


@pytest.fixture(scope="session")
def folder() -> Path:
    """Return the folder of the repository, brought up to date: some minutes when something has changed."""
    compiled.build(compiled.FOLDER)
    return compiled.FOLDER


@pytest.fixture(scope="module")
async def server(folder: Path) -> AsyncIterator[Server]:
    """One compiled server for all dialects, on SQLite."""
    env = {"PALAVER_JWT_SECRET": SECRET, "PYTHONPATH": str(folder)}
    async with serving("--all", "--grpc-port", "0", env=env) as running:
        yield running


def traces(folder: Path) -> set[str]:
    """Return what lies about beside a folder that was made."""
    return {each.name for each in folder.parent.iterdir()} - {folder.name, f".{folder.name}.lock"}


def doctor(path: Path | None) -> str:
    """Return what `palaver doctor` says of Python, with a folder before the sources or without."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env |= {} if path is None else {"PYTHONPATH": str(path)}
    command = [sys.executable, "-m", "palaver", "doctor", "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env).stdout)
    (found,) = [each["text"] for each in told["findings"] if each["name"] == "Python"]
    return str(found)


@pytest.mark.parametrize("dialect", ["gateway", "aether"])
async def test_compiled_it_conforms(tmp_path: Path, server: Server, dialect: str) -> None:
    """All that applies to a dialect passes, and what is compiled raises nothing that the sources would not.

    One over Socket.IO, which has modules of its own that are compiled, and one over plain websockets and gRPC: of the
    others nothing else is. As sources all of them are judged elsewhere.
    """
    contract = sources.load(dialect)
    grpc = server.grpc if contract.calls is not None else None
    one = Server(f"{server.url}/{dialect}", grpc, server.process, server.lines)
    before = len(server.lines)
    found = await judge(tmp_path, dialect, [one], secret=SECRET)
    assert (found.code, set(found.verdicts.values())) == (0, {"pass", "not-applicable"}), found.printed
    assert len(found.passed) > 50, found.printed
    assert not [line for line in server.lines[before:] if " ERROR " in line], server.output


def test_each_module_is_an_extension_there(folder: Path) -> None:
    """Python imports the compiled ones, and their sources without the folder on its path."""
    names = [each.removesuffix(".py").replace("/", ".") for each in compiled.modules()]
    code = "import importlib, sys; print(*(importlib.import_module(each).__file__ for each in sys.argv[1:]), sep='\\n')"
    found: dict[str, list[str]] = {}
    for path in (str(folder), ""):
        done = subprocess.run(
            [sys.executable, "-c", code, *names],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        found[path] = done.stdout.splitlines()
    assert found[str(folder)] == [str(folder / each.replace(".", "/")) + SUFFIX for each in names]
    assert not [each for each in found[""] if not each.endswith(".py")]


def test_the_doctor_tells_which_one_runs(folder: Path) -> None:
    """By what is imported."""
    assert doctor(folder).endswith("this build of the server is compiled")
    assert "this build of the server is not compiled" in doctor(None)


def test_nothing_is_done_when_nothing_has_changed(folder: Path) -> None:
    """The command says so."""
    before = (folder / compiled.STAMP).stat().st_mtime_ns
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "build/compiled: nothing has changed\n", "")
    assert (folder / compiled.STAMP).stat().st_mtime_ns == before


def test_what_is_there_is_current_only_whole_and_of_these_sources(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed module, one that became another wire, an extension that is gone, and another level make it anew."""
    folder, told = toy / "build" / "compiled", list[str]()
    assert compiled.build(folder, told.append)
    made = folder / f"palaver_runtime/one{SUFFIX}"
    assert made.is_file()
    assert traces(folder) == set()
    assert not compiled.build(folder, told.append)
    assert told == ["translating 2 modules to C", "compiling them"]
    made.rename(toy / "kept")
    assert not compiled.current(folder)
    (toy / "kept").rename(made)
    assert compiled.current(folder)
    (toy / "generated").mkdir()
    (toy / "generated" / "wire.py").touch()
    assert not compiled.current(folder)
    (toy / "generated" / "wire.py").unlink()
    with monkeypatch.context() as patch:
        patch.setenv("MYPYC_OPT_LEVEL", "1")
        assert not compiled.current(folder)
    (toy / "runtime" / "palaver_runtime" / "one.py").write_text("def one() -> int:\n    return 2\n")
    assert compiled.build(folder)
    code = "from palaver_runtime import one; print(one.one(), one.__file__)"
    command = [sys.executable, "-c", code]
    env = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    assert done.stdout == f"2 {made}\n"


def test_nobody_else_sees_what_is_compiled(toy: Path) -> None:
    """But where a module begins: what everybody may see is looked up each time that it is called or read."""
    folder = toy / "build" / "compiled"
    compiled.build(folder)
    one, shared = folder / "palaver_runtime" / f"one{SUFFIX}", next(folder.glob(f"*{SUFFIX}"))
    assert hasattr(ctypes.CDLL(str(one)), "PyInit_one")
    assert b"CPyDef_one___one" in shared.read_bytes(), "that is what the function is called"
    assert not hasattr(ctypes.CDLL(str(shared)), "CPyDef_one___one")


def test_a_module_that_is_not_there_is_told(toy: Path) -> None:
    """With the place of the list."""
    settings = toy / "pyproject.toml"
    settings.write_text(settings.read_text().replace("two.py", "three.py"))
    with pytest.raises(NotCompiled, match=r"pyproject.toml, tool.palaver-compiled: there is no runtime/\S+/three.py; "):
        compiled.build(toy / "build")
    assert not (toy / "build").exists()


def test_a_module_that_does_not_compile_is_told_and_the_folder_stays(toy: Path) -> None:
    """With file and line, as mypy says it, and what to do; what was there before is, and nothing lies about."""
    (toy / "build").mkdir()
    (toy / "build" / "before").touch()
    (toy / "runtime" / "palaver_runtime" / "one.py").write_text("def one() -> int:\n    return 'one'\n")
    with pytest.raises(
        NotCompiled, match=r"(?s)one\.py:2: error: Incompatible return.*take the module out of the list"
    ):
        compiled.build(toy / "build")
    assert [each.name for each in (toy / "build").iterdir()] == ["before"]
    assert traces(toy / "build") == {"runtime", "pyproject.toml"}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("try:\n  await x\nexcept E:\n  pass\nawait y\n", []),
        ("try:\n  await x\nexcept E:\n  await y\n", [4]),
        ("try:\n  await x\nfinally:\n  if z:\n    await y\n", [5]),
        ("async with store.writing() as tx:\n  await x\n", [1]),
        ("async with asyncio.timeout(1):\n  await x\n", []),
    ],
)
def test_a_module_that_waits_while_it_handles_an_error_is_told(toy: Path, source: str, lines: list[int]) -> None:
    """Others would take that error for theirs: mypyc compiles it without a word, and the server raises it somewhere."""
    text = "".join(f"  {line}\n" for line in source.splitlines())
    (toy / "runtime" / "palaver_runtime" / "one.py").write_text(f"async def one() -> None:\n{text}")
    places = ", ".join(rf"runtime/palaver_runtime/one\.py:{line + 1}" for line in lines)
    # What is safe is no module all the same: mypy does not know its names.
    with pytest.raises(
        NotCompiled, match=rf"^{places}: compiled code must not wait" if lines else r"one\.py:3: error: "
    ):
        compiled.build(toy / "build")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_what_is_stopped_leaves_nothing(tmp_path: Path, how: signal.Signals) -> None:
    """At Ctrl-C and SIGTERM the compiler ends too, the folder stays as it was, and the code is that of a shell."""
    folder = tmp_path / "build"
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, SCRIPT, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A process that was started in the background does not hear Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        try:
            children = list[psutil.Process]()
            while not children:
                assert process.poll() is None, process.communicate()
                children = psutil.Process(process.pid).children(recursive=True)
                time.sleep(0.02)
            process.send_signal(how)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 128 + how
    assert "Traceback" not in errors
    assert list(folder.iterdir()) == []
    assert traces(folder) == set()
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_what_is_missing_is_told_with_a_remedy(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No compiler, no headers, no mypyc: each says what to install, and is exit code 1 without a traceback."""
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    with pytest.raises(NotCompiled, match=r"no C compiler, no-such-compiler is not on PATH: install gcc or clang"):
        compiled.build(toy / "build")
    monkeypatch.setenv("CC", sys.executable)
    paths: dict[str, Any] = {"include": str(tmp_path / "nowhere")}
    with monkeypatch.context() as patch:
        patch.setattr(sysconfig, "get_path", paths.get)
        with pytest.raises(NotCompiled, match=r"nowhere/Python\.h: install Python's headers, .*-dev"):
            compiled.build(toy / "build")
    with monkeypatch.context() as patch:
        patch.setattr(compiling.importlib.util, "find_spec", lambda name: None if name == "mypyc" else name)
        patch.setattr(sys, "argv", ["compiled.py", str(toy / "build")])
        assert compiled.main() == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.endswith("has no mypyc: install palaver[dev], as by make setup\n")
    assert not (toy / "build").exists()


def test_the_compiled_wheel_has_the_extensions(folder: Path, tmp_path: Path) -> None:
    """Its name says for which Python and machine; unpacked, it runs compiled."""
    command = [Path(sys.executable).with_name("hatchling"), "build", "--target", "wheel", "--directory", tmp_path]
    env = {**os.environ, "HATCH_BUILD_HOOK_ENABLE_CUSTOM": "true"}
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=env)
    (wheel,) = tmp_path.iterdir()
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    assert wheel.name.endswith(f"-{tag}-{tag}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}.whl")
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(tmp_path / "unpacked")
        texts = [opened.read(each) for each in opened.namelist() if each.endswith(".so")]
    made = {each.relative_to(tmp_path / "unpacked") for each in compiled.extensions(tmp_path / "unpacked")}
    assert made == {each.relative_to(folder) for each in compiled.extensions(folder)}
    assert len(made) == len(compiled.modules()) + 1
    assert not [each for each in texts if str(ROOT).encode() in each]
    assert doctor(tmp_path / "unpacked").endswith("this build of the server is compiled")
