"""Where the processor's time goes, from the command line."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import shares

_PERF = """#!{python}
import sys, time
from pathlib import Path
asked = sys.argv[1:]
if asked[0] == "script":
    print("\\n\\t 1 CPyDef_parser___Parser___next (/x)\\n\\n\\t 1 tcp_ack ([kernel.kallsyms])\\n")
elif {fails!r}:
    sys.exit("no permission to look at it")
else:
    time.sleep(float(asked[-1]))
    Path(asked[asked.index("--output") + 1]).write_text(" ".join(asked))
"""


def _run(folder: Path, *arguments: str, fails: bool) -> "subprocess.CompletedProcess[str]":
    perf = folder / "perf"
    perf.write_text(_PERF.format(python=sys.executable, fails=fails))
    perf.chmod(perf.stat().st_mode | stat.S_IXUSR)
    return subprocess.run(
        [sys.executable, shares.__file__, "--only", "ack-1", "--seconds", "0.1", *arguments],
        env={**os.environ, "PATH": os.pathsep.join([str(folder), os.environ["PATH"]])},
        capture_output=True,
        text=True,
        check=False,
        timeout=1_800,  # it may be the first that needs the compiled server
    )


@pytest.mark.parametrize("fails", [False, True])
def test_a_running_server_is_looked_at(tmp_path: Path, *, fails: bool) -> None:
    """What is found is printed and written; where perf cannot look, it says why."""
    written = tmp_path / "shares.json"
    done = _run(tmp_path, "--json", str(written), fails=fails)
    if fails:
        assert (done.returncode, written.exists()) == (2, False)
        assert "no permission to look at it" in done.stderr
    else:
        assert (done.returncode, done.stderr) == (0, "")
        assert "wire                                                50.0%, of which the kernel   0.0%" in done.stdout
        assert json.loads(written.read_text())["ack-1"]["wire"] == {"all": 0.5, "kernel": 0.0}


def test_who_has_no_perf_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is compiled or started."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="linux-perf"):
        shares.measure(shares.parser().parse_args([]), shares.cores())
