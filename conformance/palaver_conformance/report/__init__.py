"""Outcomes, for people (terminal), programs (JSON) and CI servers (JUnit)."""
