"""Typed clients in Python: a method for each operation, a class for each event, and what they mean."""

from palaver_codegen.client.render import render

__all__ = ["render"]
