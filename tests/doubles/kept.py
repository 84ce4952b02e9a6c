"""What is kept although it has ended."""

import contextlib
import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping


@contextlib.contextmanager
def uncollected(*kinds: type) -> Iterator[Callable[[], Mapping[str, int]]]:
    """Run a block without the collector of garbage; give what tells how many more of some kinds there are than before.

    Of kinds that are derived from them, too.
    """
    gc.collect()
    before = _count(kinds)
    gc.disable()
    try:
        yield lambda: _count(kinds) - before
    finally:
        gc.enable()


def _count(kinds: tuple[type, ...]) -> Counter[str]:
    return Counter(type(each).__name__ for each in gc.get_objects() if issubclass(type(each), kinds))
