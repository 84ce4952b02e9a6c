"""The program in docs/howto/use-the-python-client.md is typed rightly, and does what the page says."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from servers.palaver import Server

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "howto" / "use-the-python-client.md"
ROOMS = ("client", "generated")

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


async def run(folder: Path, *command: str, **variables: str) -> tuple[int | None, str]:
    """Run a command in a folder; give its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **variables},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 180)
    return process.returncode, output.decode()


@pytest.fixture(scope="module")
def program() -> str:
    """The blocks of the page, one after the other."""
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) == 4
    return "\n\n".join(blocks)


async def test_program_does_what_the_page_says(program: str, all_dialects: Server, tmp_path: Path) -> None:
    """Two people talk, an edit of somebody else's message is refused, and all that was said is heard."""
    assert program.count('"http://127.0.0.1:4001"') == 1
    here = program.replace("http://127.0.0.1:4001", f"{all_dialects.url}/gateway")
    (tmp_path / "program.py").write_text(here)
    code, output = await run(tmp_path, sys.executable, "-W", "error", "program.py")
    assert (code, output.splitlines()) == (0, ["not yours", "['Shall we meet at nine?', 'Goodbye.']"])


async def test_types_let_right_use_pass_and_no_other(program: str, tmp_path: Path) -> None:
    """`mypy --strict` has nothing to say of the page, and something of each wrong use."""
    wrong = {
        "models.SendMessage(conversation_id=conversation, content=1)": "arg-type",
        'models.SendMessage(conversation_id=conversation, text="x")': "call-arg",
        'await client.message_sned(models.SendMessage(conversation_id=conversation, content="x"))': "attr-defined",
        "await client.message_send(models.Ping())": "arg-type",
        '(await client.message_send(models.SendMessage(conversation_id="1", content="x"))).text': "attr-defined",
        "client.on(MessageNewEvent, lambda event: event.payload.text)": "attr-defined",
    }
    (tmp_path / "right.py").write_text(program)
    lines = [f"    {each}  # type: ignore[{code}]" for each, code in wrong.items()]
    head = program[: program.index("URL =")].replace("import asyncio\n", "")
    (tmp_path / "wrong.py").write_text(
        "\n".join([head, "async def use(client: Client, conversation: str) -> None:", *lines])
    )
    # An ignore that has nothing to ignore is an error of its own.
    code, output = await run(
        ROOT,
        *(sys.executable, "-m", "mypy", "--strict", "--no-error-summary"),
        *(str(tmp_path / "right.py"), str(tmp_path / "wrong.py")),
        MYPYPATH=os.pathsep.join(str(ROOT / room) for room in ROOMS),
    )
    assert (code, output) == (0, "")
