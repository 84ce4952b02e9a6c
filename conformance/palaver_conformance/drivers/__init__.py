"""Clients of the harness's own, one for each transport; they know the wire and no chat words."""
