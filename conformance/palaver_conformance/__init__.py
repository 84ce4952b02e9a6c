"""Prove that a chat server keeps the contract of its documents, whatever it is written in."""
