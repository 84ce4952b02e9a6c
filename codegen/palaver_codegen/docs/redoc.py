"""Redoc, for those who want the whole of a document on one page.

It is published as an ES module, which a page that is a file may not import, and it asks another machine for two
pictures. What is vendored is what was published; this says what becomes of it on the way to the site.
"""

from __future__ import annotations

import gzip
from importlib.resources import files

_BUNDLE = "redoc.standalone.js.gz"
_NAMES = "RedocStandalone,hydrate,init"
# In the order in which they are replaced; each is in the bundle, or the version is not the one that this is for.
_REWRITES = (
    (f"const{{{_NAMES}}}=", "globalThis.Redoc="),
    (f"export{{{_NAMES}}};", ""),
    # Both stand where it starts workers, which it does not do here.
    ("import.meta.url", "location.href"),
    ("import.meta.dirname", "undefined"),
    ("https://cdn.redoc.ly/redoc/logo-mini-full.svg", "data:,"),
    ("https://cdn.redoc.ly/redoc/logo-mini.svg", "data:,"),
)


class UnknownBundle(Exception):
    """The vendored bundle is not what this module knows how to rewrite."""


def script() -> str:
    """Return Redoc as a plain script, which makes `Redoc.init` of what was the module's export."""
    packed = files(__package__).joinpath("vendor", _BUNDLE).read_bytes()
    return rewritten(gzip.decompress(packed).decode())


def licence() -> str:
    """Return the licence under which it is."""
    return files(__package__).joinpath("vendor", "LICENSE").read_text(encoding="utf-8")


def rewritten(source: str) -> str:
    """Return a module as a script. `UnknownBundle` if a part of it that has to be replaced is not there."""
    for old, new in _REWRITES:
        if old not in source:
            raise UnknownBundle(f"the bundle of Redoc has no {old!r}")
        source = source.replace(old, new)
    return source
