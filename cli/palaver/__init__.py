"""Palaver: generate and conformance-test chat servers from AsyncAPI and OpenAPI documents."""

__version__ = "0.1.0"
