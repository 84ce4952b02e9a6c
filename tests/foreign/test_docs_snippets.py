"""Every TypeScript snippet of the published site compiles, against the types that stand beside its page."""

import json
import shutil
from pathlib import Path

import pytest
from servers.node import install, run

from palaver_codegen.docs.reference import reference
from palaver_codegen.documents import known_dialects, load_bundle

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COMPILER, CLIENTS = HERE / "typescript", HERE / "node"
TYPES = ROOT / "generated" / "palaver_wire" / "typescript"
OPTIONS = {
    "target": "es2022",
    "module": "nodenext",
    "lib": ["es2022", "dom"],
    "types": [],
    "strict": True,
    # What the packages declare is their affair.
    "skipLibCheck": True,
    "noEmit": True,
}


@pytest.fixture(scope="module")
async def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages that snippets import, and a file for each of them that begins with its setup."""
    await install(COMPILER)
    await install(CLIENTS)
    folder = tmp_path_factory.mktemp("snippets")
    (folder / "node_modules").mkdir()
    for packages in (COMPILER, CLIENTS):
        for package in (packages / "node_modules").iterdir():
            if not package.name.startswith(".") and not (folder / "node_modules" / package.name).exists():
                (folder / "node_modules" / package.name).symlink_to(package)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "include": ["*.ts"]}))
    for name in known_dialects(ROOT / "spec"):
        shutil.copy(TYPES / f"{name}.d.ts", folder)
        for page, section in reference(load_bundle(ROOT / "spec" / name), typed=True).sections:
            assert section.setup is not None
            for entry in section.entries:
                assert entry.snippet is not None, entry.key
                text = f"{section.setup.typescript}\n{entry.snippet.typescript}\nexport {{}};\n"
                (folder / f"{name}.{page.removesuffix('.html')}.{entry.anchor}.ts").write_text(text)
    return folder


async def compiled(folder: Path) -> tuple[int | None, str]:
    """Compile a folder; give the exit code of tsc and what it printed."""
    compiler = COMPILER / "node_modules" / ".bin" / "tsc"
    return await run(folder, str(compiler), "--project", str(folder))


async def test_snippets_compile(project: Path) -> None:
    """Tsc --strict has nothing to say about any snippet of any dialect."""
    assert len(list(project.glob("*.*.*.ts"))) > 100
    assert await compiled(project) == (0, "")


async def test_wrong_snippets_would_be_seen(project: Path) -> None:
    """An event, a field and a frame that the documents do not have are found by the compiler."""
    wrong = {
        "gateway.index.emit-message-send.ts": ('"message:send"', '"message:sent"'),
        "gateway.index.emit-message-edit.ts": ("messageId:", "messageIdentity:"),
        "envelope.index.emit-sendMessage.ts": ('type: "sendMessage"', 'type: "sendMail"'),
    }
    before = {name: (project / name).read_text() for name in wrong}
    for name, (right, instead) in wrong.items():
        assert right in before[name]
        (project / name).write_text(before[name].replace(right, instead))
    code, output = await compiled(project)
    assert code
    assert {line.partition("(")[0] for line in output.splitlines() if "error TS" in line} == set(wrong)
    for name, text in before.items():
        (project / name).write_text(text)
