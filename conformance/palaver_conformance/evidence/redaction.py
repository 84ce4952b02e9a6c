"""Keeping tokens and passwords out of everything that is shown."""

import re
from collections.abc import Iterable

_HIDDEN = "[redacted]"
_TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]*\.[\w-]*")
# Values of JSON keys (or of a Python dictionary's) that say what they are.
_NAMED = re.compile(r"""(["'][^"']*(?:token|password|secret|authorization)["']\s*:\s*["'])[^"']+""", re.IGNORECASE)
# Name and password before the host of an address.
_USERINFO = re.compile(r"(?<=://)[^/@\s\"']+(?=@)")


class Redaction:
    """Takes secrets out of texts: known ones, what looks like a token, what is named like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = {secret for secret in secrets if secret}

    def hide(self, secret: str) -> None:
        """Keep a token or password out of everything that is shown from now on."""
        if secret:
            self._secrets.add(secret)

    def redact(self, text: str) -> str:
        """Return the text without secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return _NAMED.sub(rf"\1{_HIDDEN}", _USERINFO.sub(_HIDDEN, _TOKEN.sub(_HIDDEN, text)))
