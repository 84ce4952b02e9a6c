"""The way from a committed event to sockets: every change once, in order, whatever the bus does."""
