"""How long `palaver generate` takes: for the documents here, cold and warm, and for large ones of rising size.

Each is a process of its own, from start to end. Cold is without a cache; warm with that of the run before; touched with
that cache after one document has changed.

    python bench/generate.py [--sizes 0,100,200,300] [--json FILE]
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCHEMAS_PER_OPERATION = 2


def documents(spec: Path, operations: int) -> None:
    """Write a dialect with so many operations, each with a request and an answer of its own."""
    (spec / "common").mkdir(parents=True)
    (spec / "common" / "errors.yaml").write_text(
        "errors:\n  FAILED: {status: 500, retryable: true, description: It failed., raised: Always.}\n"
    )
    channel, events, messages, schemas = [], [], [], []
    for number in range(operations):
        name = f"Thing{number}"
        events.append(
            f"  do{name}:\n    action: receive\n    channel: {{$ref: '#/channels/main'}}\n    summary: Do {number}\n"
            f"    messages: [{{$ref: '#/channels/main/messages/do{name}'}}]\n"
            f"    reply: {{messages: [{{$ref: '#/channels/main/messages/did{name}'}}]}}\n"
            f"    x-chat: {{own: thing.do{number}, errors: [FAILED]}}\n"
        )
        for prefix, named in (("do", f"name: 'do:{number}', "), ("did", "")):
            channel.append(f"      {prefix}{name}: {{$ref: '#/components/messages/{prefix}{name}'}}\n")
            messages.append(
                f"    {prefix}{name}: {{{named}payload: {{$ref: '#/components/schemas/{prefix.title()}{name}'}}}}\n"
            )
            other = f"{prefix.title()}Thing{number // 2}"
            schemas.append(
                f"    {prefix.title()}{name}:\n      type: object\n      additionalProperties: false\n"
                f"      required: [id]\n      properties:\n"
                f"        id: {{type: string, maxLength: 24, description: Which., examples: [a]}}\n"
                f"        count: {{type: integer, minimum: 0, maximum: 9, default: 1, description: How many.,"
                f" examples: [1]}}\n"
                + (f"        before: {{$ref: '#/components/schemas/{other}'}}\n" if number else "")
                + f"      description: Thing {number}.\n      examples: [{{id: a}}]\n"
            )
    folder = spec / "large"
    folder.mkdir()
    (folder / "asyncapi.yaml").write_text(
        "asyncapi: 3.0.0\ninfo: {title: Large, version: 1.0.0}\ndefaultContentType: application/json\n"
        "channels:\n  main:\n    address: /\n    messages:\n"
        + "".join(channel)
        + "operations:\n"
        + "".join(events)
        + "components:\n  messages:\n"
        + "".join(messages)
        + "  schemas:\n"
        + "".join(schemas)
    )


def run(folder: Path, *arguments: str) -> dict[str, float]:
    """Generate in a folder; return the seconds by the clock and of the processor."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "palaver", "generate", *arguments],
        cwd=folder,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"palaver generate failed:\n{done.stdout}{done.stderr}")
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {"seconds": round(seconds, 2), "cpu": round(spent, 2), "peak_mb": round(after.ru_maxrss / 1024)}


def measured(folder: Path) -> dict[str, dict[str, float]]:
    """Measure what is in a folder: without a cache, with one, and with one after a change."""
    cold = run(folder)
    warm = run(folder)
    document = min(folder.glob("spec/*/asyncapi.yaml"))
    document.write_text(re.sub(r"version: \S+?(?=[},\n])", "version: 9.9.9", document.read_text(), count=1))
    return {"cold": cold, "warm": warm, "touched": run(folder)}


def main() -> None:
    """Measure, print a table, and write it as JSON if that is wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default="0,100,200,300", help="numbers of operations; 0: the documents here")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    found = {}
    for size in map(int, given.sizes.split(",")):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if size:
                documents(folder / "spec", size)
            else:
                shutil.copytree(ROOT / "spec", folder / "spec")
            title = f"{size} operations, {size * SCHEMAS_PER_OPERATION} schemas" if size else "the documents here"
            found[title] = measured(folder)
            for kind, figures in found[title].items():
                sys.stdout.write(
                    f"{title:32} {kind:8} {figures['seconds']:6.2f} s {figures['cpu']:6.2f} s cpu"
                    f" {figures['peak_mb']:5.0f} MB\n"
                )
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
