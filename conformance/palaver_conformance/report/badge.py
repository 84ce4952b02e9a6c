"""A badge for a README, as SVG."""

from html import escape

from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.report.summary import Run

_LABEL = "conformance"
_GREEN, _RED, _GREY = "#2b7a4b", "#c0392b", "#6b6b6b"
_HEIGHT, _PADDING = 20, 7
# Widths of Verdana at 11 pixels, as far as they are not about that of a digit.
_WIDE: dict[str, float] = {"m": 10.7, "w": 9.0, " ": 3.9, "i": 3.0, "l": 3.0, "t": 4.3, "f": 3.9, "r": 4.7, ",": 4.0}
_ORDINARY = 6.8


def badge(run: Run) -> str:
    """Return the badge of a run: how many passed, and in red how many did not."""
    said, colour = _said(run)
    left, right = _width(_LABEL), _width(said)
    title = escape(f"{_LABEL}: {said}")
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="r"><rect width="{left + right}" height="{_HEIGHT}" rx="3"/></clipPath>
<g clip-path="url(#r)">
<rect width="{left}" height="{_HEIGHT}" fill="#3a3a3a"/>
<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{colour}"/>
</g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{left / 2:g}" y="14" textLength="{left - 2 * _PADDING}">{_LABEL}</text>
<text x="{left + right / 2:g}" y="14" textLength="{right - 2 * _PADDING}">{escape(said)}</text>
</g>
</svg>
"""


def _said(run: Run) -> tuple[str, str]:
    counts = run.counts
    passed, failed = counts[Verdict.PASS], counts[Verdict.FAIL] + counts[Verdict.UNTESTABLE]
    if run.exit_code not in (0, 1):
        return "unknown", _GREY
    if run.exit_code == 0:
        return f"{passed} pass", _GREEN
    if failed:
        return f"{passed} pass, {failed} fail", _RED
    # Nothing failed, and yet: no scenario passed, or the ledger is wrong.
    return ("ledger is wrong", _RED) if run.complaints else ("nothing proven", _RED)


def _width(text: str) -> int:
    return round(sum(_WIDE.get(character, _ORDINARY) for character in text)) + 2 * _PADDING
