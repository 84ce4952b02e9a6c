"""What a chat is, in plain values: no wire, no database, no loop, standard library only."""
