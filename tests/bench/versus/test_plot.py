"""The picture of ratios."""

import xml.etree.ElementTree as ET

from versus.figures import Report, Spread
from versus.plot import marks, plot

_SVG = "{http://www.w3.org/2000/svg}"


def test_more_is_better_in_all_of_it(report: Report) -> None:
    """Twice the memory of a peer is half as good; a workload's title stands above its first peer only."""
    found = list(marks(report))
    assert [(each.peer, each.spread) for each in found] == [
        ("node", Spread(2.0, 2.0, 3.0)),
        ("limit", Spread(0.2, 0.2, 0.3)),
        ("node", Spread(0.5, 0.5, 0.5)),
    ]
    assert [each.title is None for each in found] == [False, True, False]


def test_it_is_one_file_and_places_what_is_ahead_to_the_right(report: Report) -> None:
    """Well-formed, nothing from elsewhere, and dots on both sides of the line."""
    text = plot(report)
    root = ET.fromstring(text)
    assert "href" not in text
    (line,) = [each for each in root.iter(f"{_SVG}line") if each.get("class") == "one"]
    dots = {each.get("class"): float(each.get("cx", "")) for each in root.iter(f"{_SVG}circle")}
    assert dots["behind"] < float(line.get("x1", "")) < dots["ahead"]
