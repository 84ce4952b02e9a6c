"""deploy/nginx as tests run it: other addresses, ports and files, and nothing else changed."""

import itertools
import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "deploy" / "nginx"
PORT = 4001
INSTANCES = ("palaver1", "palaver2", "palaver3")


def read(name: str) -> str:
    """Return a file of deploy/nginx."""
    return (FOLDER / name).read_text()


def replaced(text: str, changes: dict[str, str]) -> str:
    """Make every change; each is to have something to change."""
    for old, new in changes.items():
        assert old in text, f"{old!r} is not in the configuration"
        text = text.replace(old, new)
    return text


def plain(listen: str, instances: dict[str, int]) -> dict[str, str]:
    """Return palaver.conf with what it includes: where it listens, and the port of each instance on the loopback."""
    changes = {f"server {name}:{PORT}": f"server 127.0.0.1:{port}" for name, port in instances.items()}
    text = replaced(read("palaver.conf"), {**changes, f"listen {PORT};": f"listen {listen};"})
    return {"palaver.conf": text, "location.conf": read("location.conf")}


def with_tls(ports: tuple[int, int], certificate: Path, key: Path, instances: dict[str, int]) -> dict[str, str]:
    """Return the same with the servers of tls.conf in place of the plain one: ports for 443 and 80."""
    files = plain("127.0.0.1:1", instances)
    files["palaver.conf"] = re.sub(r"^server \{\n.*?^\}\n", "", files["palaver.conf"], flags=re.DOTALL | re.MULTILINE)
    files["tls.conf"] = replaced(
        read("tls.conf"),
        {
            "listen 443": f"listen 127.0.0.1:{ports[0]}",
            "listen 80": f"listen 127.0.0.1:{ports[1]}",
            "/etc/nginx/tls/tls.crt": str(certificate),
            "/etc/nginx/tls/tls.key": str(key),
        },
    )
    return files


def nowhere() -> dict[str, int]:
    """Return instances that are not there."""
    return dict(zip(INSTANCES, itertools.repeat(1), strict=False))
