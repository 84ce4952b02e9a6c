"""Servers that the harness starts itself, and what it can do to them."""
