"""Several processes on one port: a supervisor that serves nobody itself, and workers that do."""
