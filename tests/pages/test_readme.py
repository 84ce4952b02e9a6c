"""README.md: what it types serves, proves, checks and mocks."""

from pathlib import Path

import httpx
from doubles.clone import ROOT, clone
from doubles.tutorial import Reader

from palaver_conformance.topology.process import free_port

FRONTEND = "http://localhost:5173"


async def test_readme(tmp_path: Path) -> None:
    """The two commands and the ways that no other page has, as a reader types them in a clone."""
    folder = clone(tmp_path, "examples/overlay")
    served, allowing, mocked = (free_port() for _ in range(3))
    typed = {
        "make run": f"make run PORT={served}",
        # The whole of it is what `make check` runs.
        "make conform": f"make conform PORT={served} ARGS='--only messages.edit.by-other --time-factor 4'",
        f"PALAVER_ALLOWED_ORIGINS={FRONTEND} make run": f"PALAVER_DATABASE_URL=sqlite:///frontend.db "
        f"PALAVER_ALLOWED_ORIGINS={FRONTEND} make run PORT={allowing}",
        ".venv/bin/palaver mock examples/overlay": f".venv/bin/palaver mock examples/overlay --port {mocked}",
    }
    # They are typed by the tests of the pages that have them: tests/house/test_readme.py compares.
    others = ("npm", "make setup && cp", ".venv/bin/palaver new", "make -C desk", ".venv/bin/palaver conform")

    def adapted(command: str, _: str) -> str | None:
        return None if command.startswith(others) else typed.get(command, command)

    async with Reader(folder, adapted=adapted, elsewhere=("mermaid",)) as reader, httpx.AsyncClient() as client:
        done = await reader.follow((ROOT / "README.md").read_text())
        printed = reader.terminal.printed
        assert [command for command, code in done if code != 0] == [], printed
        assert typed.keys() <= {command for command, _ in done}
        assert "conformant: gateway" in printed
        page = await client.get(f"http://127.0.0.1:{served}/")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        polling = f"http://127.0.0.1:{allowing}/socket.io/?EIO=4&transport=polling"
        answer = await client.get(polling, headers={"Origin": FRONTEND})
        assert answer.headers["access-control-allow-origin"] == FRONTEND
        answer = await client.get(f"http://127.0.0.1:{mocked}/fires/1/lines", headers={"Authorization": "Bearer alice"})
        assert answer.status_code == 200
        assert answer.json()["lines"]
    assert (folder / "site" / "index.html").is_file()
