"""What every response tells a browser, whoever answers: an application, a library, or the listener itself."""

from collections.abc import Mapping
from typing import Final

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    # Nothing that is served is a page. What is taken for one all the same loads nothing, runs nothing, is shown in no
    # frame and sends no form.
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    # Scripts of other sites read by CORS, for which this says nothing; they cannot embed what they may not read.
    "cross-origin-resource-policy": "same-origin",
}
"""By name in lower case. That connections are to be encrypted is said by whoever encrypts them, unless told to."""


def security_headers(hsts_seconds: int = 0) -> dict[str, str]:
    """Return the headers, with that of Strict-Transport-Security where clients are to keep to https for so long."""
    if not hsts_seconds:
        return dict(SECURITY_HEADERS)
    return {**SECURITY_HEADERS, "strict-transport-security": f"max-age={hsts_seconds}; includeSubDomains"}
