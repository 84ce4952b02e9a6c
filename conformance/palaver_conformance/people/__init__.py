"""The people of a scenario: how they get in, what they do, and what reaches them."""
