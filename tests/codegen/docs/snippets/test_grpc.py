"""gRPC, in both languages."""

import ast

from palaver_codegen.docs.snippets.grpc import calling, places, preparing
from palaver_codegen.documents import Bundle


def test_places(bundle: Bundle) -> None:
    """Each rpc is found in the file that defines it."""
    assert bundle.grpc is not None
    ring = places(bundle.grpc)["toy.bell.Bell/Ring"]
    assert (ring.file, ring.service, ring.rpc, ring.module) == ("bell.proto", "toy.bell.Bell", "Ring", "bell_pb2")


def test_calls(bundle: Bundle) -> None:
    """The stubs are imported once, and the metadata are sent where a token is wanted."""
    assert bundle.grpc is not None
    found = places(bundle.grpc)
    setup = preparing(bundle.grpc, list(found.values()))
    assert "import bell_pb2\nimport bell_pb2_grpc\n" in setup.python
    assert 'metadata.set("authorization", `Bearer ${token}`);' in setup.typescript
    call = calling(found["toy.bell.Bell/Ring"], {"text": "ding"}, secured=True)
    assert 'service.Ring({ text: "ding" }, metadata,' in call.typescript
    ast.parse("async def main():\n" + "".join(f"    {line}\n" for line in call.python.splitlines()))
    assert "metadata" not in calling(found["toy.bell.Bell/Ring"], {}, secured=False).python
