"""Redoc, as it was published, becomes a script that a file may load."""

import gzip
import hashlib
import re
from importlib.resources import files

import pytest

from palaver_codegen.docs import redoc


def test_bundle_is_the_one_that_the_notice_names() -> None:
    """What is vendored is unchanged."""
    vendor = files("palaver_codegen.docs") / "vendor"
    packed = gzip.decompress((vendor / "redoc.standalone.js.gz").read_bytes())
    assert hashlib.sha256(packed).hexdigest() in (vendor / "NOTICE").read_text(encoding="utf-8")


def test_script_is_no_module_and_fetches_nothing() -> None:
    """Nothing of a module is left, and neither are the pictures of another machine."""
    script = redoc.script()
    assert "globalThis.Redoc=" in script
    assert not re.search(r"\bexport\{|import\.meta", script)
    assert "cdn.redoc.ly" not in script
    assert "MIT" in redoc.licence()


def test_another_bundle_is_refused() -> None:
    """A version in which something is called otherwise is not rewritten by half."""
    with pytest.raises(redoc.UnknownBundle, match="has no"):
        redoc.rewritten("export{};")
