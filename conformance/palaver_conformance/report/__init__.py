"""Outcomes, for people (terminal, HTML), programs (JSON), CI servers (JUnit) and a README (badge)."""

from typing import Final

VERSION: Final = 2
"""Of the JSON report; it rises when the form changes in a way that breaks readers."""
