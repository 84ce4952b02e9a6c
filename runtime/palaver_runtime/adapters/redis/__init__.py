"""Redis between the instances: the bus, presence and limits."""
