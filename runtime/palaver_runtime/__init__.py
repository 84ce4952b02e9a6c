"""The reference chat server: one domain core that several dialects serve on their own wires."""
