"""Documents of gRPC: `.proto` files as they are, and `grpc.yaml` beside them, which gives them meaning."""

from palaver_codegen.documents.protos.document import join

__all__ = ["join"]
