"""Under which licences everything stands that Palaver uses or carries: writes THIRD-PARTY.md, or checks it.

    python supply/licences.py [--check]

What is installed says so itself; what belongs to other platforms, or says nothing, stands in `SAID`.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "THIRD-PARTY.md"
VENDORED = Path(__file__).with_name("vendored.json")

#: Licences of what does not say it in a way that a program can read, or is not installed everywhere.
SAID = {
    "async-timeout": "Apache-2.0",
    "black": "MIT",
    "colorama": "BSD-3-Clause",
    "gixy-ng": "MPL-2.0",
    "protobuf": "BSD-3-Clause",
}

SAID_BY_NPM = {
    "busboy": "MIT",
    "fs-extra": "MIT",
    "fs.extra": "MIT OR Apache-2.0",
    "jmespath": "Apache-2.0",
    "jsonfile": "MIT",
    "requireg": "MIT",
    "reserved": "MIT",
    "streamsearch": "MIT",
    "xmlhttprequest-ssl": "MIT",
}

_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
}
_HABITS = {
    "Apache": "Apache-2.0",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
}
_HABITS |= {
    "BSD": "BSD-3-Clause",
    "GPL-3.0": "GPL-3.0-only",
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
}
_HABITS |= {"3-Clause BSD License": "BSD-3-Clause", "Dual License": "Apache-2.0 OR BSD-3-Clause", "PSFL": "PSF-2.0"}


class Unknown(Exception):
    """A licence that nobody has looked at; the argument is the package."""


def vendored() -> list[dict[str, Any]]:
    """Return what lies in this repository and was made by others."""
    found: list[dict[str, Any]] = json.loads(VENDORED.read_text())
    return found


def pinned() -> list[str]:
    """Return the names in constraints.txt."""
    return [re.split("[= ]", line)[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if line]


def in_image() -> set[str]:
    """Return the names of what is installed beside the server."""
    text = (ROOT / "deploy" / "requirements" / "server.txt").read_text()
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def licence(name: str) -> str:
    """Return the licence of a package as an SPDX expression; raises Unknown."""
    if name in SAID:
        return SAID[name]
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        raise Unknown(name) from None
    prefix = "License :: "
    classes = [each.rpartition(":: ")[2] for each in about.get_all("Classifier") or [] if each.startswith(prefix)]
    stated = [about.get("License-Expression"), about.get("License")]
    for each in stated:
        if not each or len(each) > 100:
            continue
        try:
            return str(canonicalize_license_expression(_HABITS.get(each, each)))
        except InvalidLicenseExpression:
            continue
    if not classes or not set(classes) <= set(_CLASSIFIERS):
        raise Unknown(f"{name}: {stated} {classes}")
    return " OR ".join(sorted(_CLASSIFIERS[each] for each in classes))


def from_npm() -> dict[str, str]:
    """Return what tests, benches, examples and the source of the page have in JavaScript, as the lockfiles say."""
    found = {}
    folders = ("tests/foreign/*", "bench/*/*", "examples/*", "page")
    locks = [lock for folder in folders for lock in ROOT.glob(f"{folder}/package-lock.json")]
    for lock in sorted(locks):
        for path, about in json.loads(lock.read_text())["packages"].items():
            if path:
                name = path.rpartition("node_modules/")[2]
                found[name] = about.get("license") or SAID_BY_NPM[name]
    return dict(sorted(found.items()))


def page() -> Iterator[str]:
    """Give the lines of THIRD-PARTY.md."""
    yield "# Third parties"
    yield ""
    yield "What Palaver uses and carries, and under which licence. Written by `make third-party`; versions of packages"
    yield "are in [constraints.txt](constraints.txt)."
    yield ""
    yield "## In this repository"
    yield ""
    yield "Each folder has the licence and says where its files come from."
    yield ""
    yield "| what | version | licence | where | shipped |"
    yield "|---|---|---|---|---|"
    for each in vendored():
        where = f"[{each['folder']}]({each['folder']}/NOTICE): {', '.join(each['files'])}"
        shipped = "yes" if each["shipped"] else "no"
        yield f"| {each['name']} | {each['version'][:12]} | {each['licence']} | {where} | {shipped} |"
    yield ""
    yield "## Python packages"
    yield ""
    yield "Installed from their index, never copied. *Image*: beside the server, in the image of deploy/Dockerfile."
    yield ""
    yield "| package | licence | image |"
    yield "|---|---|---|"
    beside = in_image()
    for name in pinned():
        yield f"| {name} | {licence(name)} | {'yes' if name in beside else ''} |"
    yield ""
    yield "## npm packages"
    yield ""
    yield "For the tests and benches, and to compile the chat page."
    yield ""
    yield "| package | licence |"
    yield "|---|---|"
    for name, text in from_npm().items():
        yield f"| {name} | {text} |"


def main() -> int:
    """Write or check the page; return the exit code: 1 when the check finds it stale."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when it is stale")
    text = "\n".join(page()) + "\n"
    if not parser.parse_args().check:
        PAGE.write_text(text)
        return 0
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    sys.stderr.write("THIRD-PARTY.md is stale: make third-party\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
