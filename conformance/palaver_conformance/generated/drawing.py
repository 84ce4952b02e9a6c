"""How Hypothesis draws for a judge: by a seed and by the documents, and by nothing else that is on the machine.

It also draws constants that it finds in the sources of imported modules, but for those of installed packages: in a
checkout, and beside somebody's tests. To read them takes a fifth of the time of a search; they are about the judge and
not about the server; and the same seed would draw something else wherever more is imported.
"""

import threading
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis import settings

_HERE = threading.local()


def settings_for_drawing(examples: int, **more: Any) -> "settings":
    """Return settings for what this thread will draw: as many examples at most, nothing kept, nothing printed."""
    import hypothesis

    _look_into_no_sources()
    _HERE.draws = True
    return hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
        **more,
    )


@cache
def _look_into_no_sources() -> None:
    """Have Hypothesis find no constants for those who draw here; other threads, as those of tests, get theirs.

    It has no setting for that. Where another version finds them elsewhere, they are drawn as by anybody.
    """
    try:
        from hypothesis.internal.conjecture import providers
        from hypothesis.internal.constants_ast import Constants

        find = providers._get_local_constants
    except (ImportError, AttributeError):
        return
    none = Constants()

    def found() -> Constants:
        return none if getattr(_HERE, "draws", False) else find()

    vars(providers)["_get_local_constants"] = found
