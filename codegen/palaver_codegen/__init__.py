"""Codegen: documents become an intermediate representation, and that becomes files."""
