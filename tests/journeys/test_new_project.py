"""`palaver new desk && cd desk && make run`, then `palaver conform`: from nothing to a proof."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from palaver_conformance.topology.process import free_port

PALAVER = Path(sys.executable).parent / "palaver"
PATIENCE = 120
# Some of everything that the start has. The whole suite is for whoever changes it: it passes, and takes its time.
SCENARIOS = (
    "auth.login.*",
    "auth.refresh.*",
    "auth.connect.valid",
    "auth.refresh.*",
    "conversations.create.*",
    "messages.send.*",
    "messages.edit.*",
    "messages.delete.*",
    "sync.*",
    "typing.*",
    "protocol.ping.*",
    "matrix.message-send.*",
    "negatives.message-send.*",
)


@pytest.fixture
def environment() -> dict[str, str]:
    """Return the environment of somebody who has not set anything up: palaver is not on PATH."""
    ours = str(PALAVER.parent)
    path = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if each != ours)
    foreign = ("PALAVER", "PYTHON", "MAKE", "ARGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, "PATH": path, "PYTHONUNBUFFERED": "1"}


def test_from_nothing_to_a_proof(tmp_path: Path, environment: dict[str, str]) -> None:
    """The project is made, serves by `make run`, passes its own tests, and conforms; scaffold then follows a change."""

    def run(*command: str, code: int = 0) -> str:
        done = subprocess.run(
            command,
            cwd=tmp_path / "desk",
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    port = free_port()
    subprocess.run([PALAVER, "new", "desk", "--port", str(port)], cwd=tmp_path, env=environment, check=True, timeout=60)
    served = subprocess.Popen(
        ["make", "run"],
        cwd=tmp_path / "desk",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert served.stdout is not None
        said = []
        for line in served.stdout:
            said.append(line)
            if f"desk is served at http://127.0.0.1:{port}" in line:
                break
        else:
            pytest.fail("".join(said))
        chosen = " ".join(f"--only '{each}'" for each in SCENARIOS)
        proof = run("make", "conform", f"ARGS={chosen} --time-factor 3")
        counted = re.search(r"conformant: desk, desk at .*: (\d+) pass", proof)
        assert counted, proof
        assert int(counted[1]) >= 25
    finally:
        os.killpg(served.pid, signal.SIGINT)
        served.communicate(timeout=30)
    assert "1 passed" in run("make", "test")
    assert run(str(PALAVER), "scaffold", "desk") == "desk has handlers already: nothing is new\n"
    document = tmp_path / "desk" / "spec" / "desk" / "asyncapi.yaml"
    document.write_text(document.read_text().replace("'server:ping'", "'server:hello'"))
    assert "new: EventHandlers.server_hello" in run(str(PALAVER), "scaffold", "desk", code=1)
