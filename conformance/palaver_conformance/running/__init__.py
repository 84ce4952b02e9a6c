"""Which scenarios are run against which server, in which order, and what it comes to."""
