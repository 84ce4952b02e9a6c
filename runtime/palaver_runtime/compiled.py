"""Whether what runs is the compiled build, whose hot modules are extensions made by mypyc. A leaf, without I/O."""

from importlib.machinery import EXTENSION_SUFFIXES

from palaver_runtime import fairness


def is_compiled() -> bool:
    """Tell by a module that is compiled wherever any is."""
    return str(fairness.__file__).endswith(tuple(EXTENSION_SUFFIXES))
