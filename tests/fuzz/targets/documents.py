"""Documents that people write: whatever is in a file, it is a problem with a place, never a crash."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from fuzz.target import Broken, Target

from palaver_codegen.documents.check import check
from palaver_codegen.documents.source import read_source

_TOY = Path(__file__).parents[2] / "codegen" / "golden" / "spec"
_WATCH = ("palaver_codegen/documents/",)
_TOKENS = (
    *(
        b"&a ",
        b"*a",
        b"<<: *a",
        b"!!python/object:os.system ",
        b"!tag ",
        b"? ",
        b"- ",
        b"|\n  ",
        b">\n  ",
        b"%YAML 1.1",
    ),
    *(b"$ref: ", b"'#/components/schemas/Message'", b"x-chat:\n", b"allOf:\n", b"\t", b"---\n", b"...\n", b"{", b"["),
)


@cache
def _folder() -> Path:
    """Return a copy of a dialect that is right, in which one file is exchanged for each input."""
    return Path(shutil.copytree(_TOY, Path(tempfile.mkdtemp(prefix="palaver-fuzz-")) / "spec"))


def source(data: bytes) -> str:
    """Read a file as a YAML document."""
    path = _folder() / "input.yaml"
    path.write_bytes(data)
    found, problems = read_source(path, "input.yaml")
    if found is None and not problems:
        raise Broken("a file that is refused without a word")
    return f"refused: {problems[0].reason[:12]}" if problems else "accepted"


def dialect(data: bytes) -> str:
    """Check a dialect whose events document is this."""
    path = _folder() / "toy" / "asyncapi.yaml"
    path.write_bytes(data)
    _, problems = check(path.parent)
    return f"refused: {problems[0].rule}" if problems else "accepted"


def _documents() -> list[bytes]:
    return [(_TOY / "toy" / "asyncapi.yaml").read_bytes()]


TARGETS = (
    Target("documents.source", source, _WATCH, "documents", 0.05, _TOKENS, _documents),
    Target("documents.dialect", dialect, _WATCH, "documents-of-events", 0.001, _TOKENS, _documents),
)
