"""What is known of pinned versions is told, and what could not be asked about is no success.

A service of the test's own stands for that of the world, which no test asks.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AUDIT = ROOT / "supply" / "audit.py"
ADVISORY = {
    "id": "GHSA-test-test-test",
    "aliases": ["CVE-2026-0001"],
    "summary": "A hole.",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.7"}]}],
        }
    ],
}


class Advisories(BaseHTTPRequestHandler):
    """Knows something of jinja2 and nothing of others."""

    def do_POST(self) -> None:
        """Answer as OSV does."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"vulns": [ADVISORY]} if asked["package"]["name"] == "jinja2" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    """Return the address of the service."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Advisories) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def audit(constraints: Path, service: str, *options: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    command = [sys.executable, AUDIT, "--constraints", constraints, *options]
    done = subprocess.run(
        [*command, "--vulnerability-service", "osv", "--osv-url", service, "--cache-dir", constraints.parent / "cache"],
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("pins", "code"), [("jinja2==3.1.5\nmarkupsafe==3.0.2\n", 1), ("markupsafe==3.0.2\n", 0)])
def test_what_is_known_is_told(tmp_path: Path, service: str, pins: str, code: int) -> None:
    """With its identifiers and the version in which it is mended; and nothing known is a success."""
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(pins)
    found, printed = audit(constraints, service)
    assert found == code, printed
    assert ("jinja2 3.1.5: CVE-2026-0001 GHSA-test-test-test, mended in 3.1.7" in printed) is bool(code)
    assert f"{pins.count('==')} packages asked about, {code} known vulnerabilities" in printed


def test_nobody_to_ask_is_no_success(tmp_path: Path) -> None:
    """The exit code is another one, and the reason is told."""
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("markupsafe==3.0.2\n")
    code, printed = audit(constraints, "http://127.0.0.1:1", "--json")
    assert code == 3, printed
    outcome = json.loads(printed)
    assert (outcome["asked"], list(outcome["unasked"])) == (0, ["all"])
    assert outcome["unasked"]["all"]


def test_a_package_that_the_service_does_not_have_is_no_success(tmp_path: Path) -> None:
    """pip-audit itself ends with 0 where an index answers for everything that it has not heard of it."""
    report = {"dependencies": [{"name": "markupsafe", "skip_reason": "Dependency not found on PyPI"}], "fixes": []}
    program = "import json, runpy, sys; audit = runpy.run_path(sys.argv[1]); o = audit['read'](json.load(sys.stdin))"
    program += "; print(o.code, *audit['lines'](o), sep='\\n')"
    command = [sys.executable, "-c", program, AUDIT]
    printed = subprocess.run(command, input=json.dumps(report), check=True, capture_output=True, text=True).stdout
    assert printed.startswith("3\nnot asked about markupsafe: Dependency not found")
    assert "This says nothing about what was not asked about." in printed


def test_no_target_of_make_test_asks() -> None:
    """`make test` does not audit: it would go to the network."""
    plan = subprocess.run(["make", "-C", ROOT, "--dry-run", "test"], check=True, capture_output=True, text=True).stdout
    assert "audit" not in plan
