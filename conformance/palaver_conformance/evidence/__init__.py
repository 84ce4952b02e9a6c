"""What was seen of a server, and what follows from it."""
