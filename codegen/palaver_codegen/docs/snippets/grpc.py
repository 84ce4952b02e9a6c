"""Snippets for gRPC: @grpc/grpc-js in TypeScript, grpcio with the stubs of grpcio-tools in Python."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from palaver_codegen.docs.snippets import Snippet
from palaver_codegen.docs.snippets.literal import python, typescript
from palaver_codegen.docs.wire import TOKEN
from palaver_codegen.documents.tree import Json, entries, mapping, text


@dataclass(frozen=True)
class Place:
    """Where an rpc is defined: its file, its service with the package, its own name, and the type of its request."""

    file: str
    service: str
    rpc: str
    request: str

    @property
    def module(self) -> str:
        """The name of the Python module that protoc makes of the file."""
        return PurePosixPath(self.file).stem + "_pb2"


def places(document: dict[str, Json]) -> dict[str, Place]:
    """Return where each rpc of a gRPC document is defined, by its key, as in `package.Service/Method`."""
    files = FileDescriptorSet.FromString(b64decode(text(document.get("descriptors"))))
    found = {}
    for file in files.file:
        for service in file.service:
            name = f"{file.package}.{service.name}".lstrip(".")
            for rpc in service.method:
                place = Place(file.name, name, rpc.name, rpc.input_type.rpartition(".")[2])
                found[f"{name}/{rpc.name}"] = place
    return found


def preparing(document: dict[str, Json], found: Sequence[Place]) -> Snippet:
    """Return what stands before the snippets of calls: the stubs, and a channel."""
    host = next((text(server.get("host")) for _, server in entries(document.get("servers"))), "chat.example.com")
    files = list(dict.fromkeys(place.file for place in found))
    modules = list(dict.fromkeys(place.module for place in found))
    metadata = mapping(mapping(document.get("metadata")).get("token"))
    name, scheme = text(metadata.get("name")), text(metadata.get("scheme"))
    prefix = f"{scheme} " if scheme else ""
    listed = ", ".join(f'"{file}"' for file in files)
    script = (
        'import { credentials, loadPackageDefinition, Metadata } from "@grpc/grpc-js";\n'
        'import { loadSync } from "@grpc/proto-loader";\n\n'
        f'const token = "{TOKEN}";\n'
        f"const api: any = loadPackageDefinition(loadSync([{listed}]));\n"
        "const metadata = new Metadata();\n"
    )
    lines = f"# python -m grpc_tools.protoc -I. --python_out=. --grpc_python_out=. {' '.join(files)}\nimport grpc\n"
    lines += "".join(f"import {module}\nimport {module}_grpc\n" for module in modules)
    lines += f'\ntoken = "{TOKEN}"\nchannel = grpc.aio.insecure_channel("{host}")\n'
    if name:
        script += f'metadata.set("{name}", `{prefix}${{token}}`);\n'
        lines += f'metadata = [("{name}", f"{prefix}{{token}}")]\n'
    return Snippet(script + f'const address = "{host}";\n', lines)


def calling(place: Place, payload: Json, *, secured: bool) -> Snippet:
    """Return how a client makes a call."""
    short = place.service.rpartition(".")[2]
    request = f"{place.module}.{place.request}({_fields(payload)})"
    metadata = ", metadata=metadata" if secured else ""
    given = ", metadata" if secured else ""
    return Snippet(
        f"const service = new api.{place.service}(address, credentials.createInsecure());\n"
        f"service.{place.rpc}({typescript(payload)}{given}, (error: Error | null, answer: unknown) => {{\n"
        "  console.log(error ?? answer);\n});\n",
        f"service = {place.module}_grpc.{short}Stub(channel)\n"
        f"answer = await service.{place.rpc}({request}{metadata})\nprint(answer)\n",
    )


def _fields(payload: Json) -> str:
    given = [f"    {name}={python(value, 4)},\n" for name, value in mapping(payload).items()]
    return "\n" + "".join(given) if given else ""
