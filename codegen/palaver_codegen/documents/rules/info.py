"""Rules about what a document says of itself: title, version, licence, servers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import Json, entries, mapping, sequence, text

INFO_DESCRIPTION = Rule(
    "info-description",
    Level.WARNING,
    Scope.HOUSE,
    title="A document has a description",
    reason="It opens the published reference: how to connect, what the words mean, how refusals look.",
    remedy="Add `info.description`.",
)
INFO_LICENSE = Rule(
    "info-license",
    Level.WARNING,
    Scope.HOUSE,
    title="A document has a licence",
    reason="Without one nobody outside may use what is generated from it.",
    remedy="Add `info.license` with a name.",
)
INFO_VERSION = Rule(
    "info-version",
    Level.WARNING,
    Scope.HOUSE,
    title="A version is a semantic one",
    reason="Whether a change breaks clients is read off its first number.",
    remedy="Write three numbers, as in `1.4.0`.",
)
VERSION_DRIFT = Rule(
    "version-drift",
    Level.WARNING,
    Scope.HOUSE,
    title="The documents of one API have one version",
    reason="They are generated, served and published together; who has one number has to know the other.",
    remedy="Give all of them the same `info.version`.",
)
SERVER_MISSING = Rule(
    "server-missing",
    Level.WARNING,
    Scope.HOUSE,
    title="A document names a server",
    reason="Readers try things out against it, and clients take its path from it.",
    remedy="Add `servers`; the address of a local one will do.",
)
SERVER_URL = Rule(
    "server-url",
    Level.WARNING,
    Scope.STANDARD,
    title="The address of a server is absolute, and has neither credentials nor a trailing slash",
    reason="Paths are appended to it: a trailing slash makes two, and credentials end up in every copy.",
    remedy="Write `https://host/base`, or host and path apart in AsyncAPI.",
)

# Source: https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string, shortened.
_VERSION = re.compile(r"\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?")


@check(INFO_DESCRIPTION, INFO_LICENSE, INFO_VERSION, VERSION_DRIFT)
def info(subject: Subject) -> Iterator[Problem]:
    """Check what the `info` of each document says, and that they agree."""
    versions: list[str] = []
    for document in subject.bundle.documents:
        said = mapping(document.get("info"))
        place = subject.place(document, "info")
        version = text(said.get("version"))
        if not text(said.get("description")).strip():
            yield INFO_DESCRIPTION.at(place, "the document has no description", "say what it is in info.description")
        # The format of grpc.yaml has no place for one.
        if "grpc" not in document and not text(mapping(said.get("license")).get("name")):
            yield INFO_LICENSE.at(place, "the document has no licence", "add `license: {name: …}` to info")
        if not _VERSION.fullmatch(version):
            reason = f"the version {version!r} is no semantic one"
            yield INFO_VERSION.at(subject.place(document, "info", "version"), reason, "write three numbers: 1.0.0")
        elif versions and version != versions[0]:
            reason = f"this document has version {version}, and another of this API {versions[0]}"
            yield VERSION_DRIFT.at(subject.place(document, "info", "version"), reason, "give all the same version")
        else:
            versions.append(version)


@check(SERVER_MISSING, SERVER_URL)
def servers(subject: Subject) -> Iterator[Problem]:
    """Check that there are servers, at addresses to which paths can be appended."""
    for document in subject.bundle.documents:
        if not document.get("servers"):
            reason = "the document names no server"
            yield SERVER_MISSING.at(subject.place(document, "info"), reason, "add `servers`")
        for index, server in enumerate(sequence(document.get("servers"))):
            url = text(mapping(server).get("url"))
            if _faulty(url) or not (url.startswith("/") or "://" in url or "{" in url):
                yield _address(subject, document, ("servers", index, "url"), url)
        for name, server in entries(document.get("servers")):
            host = text(server.get("host"))
            if "://" in host or _faulty(host):
                yield _address(subject, document, ("servers", name, "host"), host)


def _faulty(address: str) -> bool:
    return "@" in address or "?" in address or (address.endswith("/") and address != "/")


def _address(subject: Subject, document: dict[str, Json], path: tuple[str | int, ...], address: str) -> Problem:
    reason = f"{address!r} is no address to which a path can be appended"
    remedy = "write it without credentials, query and trailing slash; in AsyncAPI without a protocol"
    return SERVER_URL.at(subject.place(document, *path), reason, remedy)
