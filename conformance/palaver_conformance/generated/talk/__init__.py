"""Talks at random: what people with several devices do in several conversations, and what each of them must know."""
