"""What a run tells on the terminal."""

from versus.figures import Report
from versus.table import lines, shown


def test_figures_and_ratios_of_a_workload_are_told(report: Report) -> None:
    """Each figure has its unit and which way is better; who failed is named with the reason."""
    told = list(lines(report, "fan-100"))
    assert told[0].startswith("fan-100: fan-out to 100")
    assert told[1] == "  deliveries each second, more is better"
    assert told[2].split(maxsplit=1)[0] == "palaver"
    assert told[2].endswith("20,000 (20,000 to 30,000)")
    assert told[3].endswith("palaver is 2.00x (2.00 to 3.00)")
    assert told[-1] == "  nest failed: it ended before it was ready\nand said more"


def test_less_is_better_where_it_is(report: Report) -> None:
    """Memory is told with its unit."""
    assert list(lines(report, "idle"))[1] == "  memory for a connection, KiB, less is better"


def test_figures_have_the_digits_that_mean_something() -> None:
    """Thousands are grouped, small ones keep three digits."""
    assert [shown(each) for each in (12_345.6, 123.4, 12.345, 0.012345)] == ["12,346", "123", "12.3", "0.0123"]
