"""TypeScript for frontends: the payloads, the events and the REST endpoints of a dialect as types, and nothing else."""

from palaver_codegen.typescript.build import build

__all__ = ["build"]
