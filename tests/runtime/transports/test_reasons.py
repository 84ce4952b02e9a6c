"""Why connections end."""

from palaver_runtime.transports import reasons


def test_reasons_are_distinct():
    """Each way to end can be told from the others."""
    texts = [value for name, value in vars(reasons).items() if name.isupper()]
    assert len(texts) == 10
    assert len(set(texts)) == len(texts)
