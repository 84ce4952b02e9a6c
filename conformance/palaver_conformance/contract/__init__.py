"""The contract under test: what a server's documents promise, found by meaning instead of by wire name."""
