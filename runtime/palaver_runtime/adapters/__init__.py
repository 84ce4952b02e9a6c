"""The ports' implementations: databases, memory, clocks, passwords and tokens."""
