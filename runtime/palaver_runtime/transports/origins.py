"""Which origins of browsers may connect, and read responses: one answer for every transport."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

_MAX_AGE = "600"


class Origins:
    """Allowed origins, compared exactly. "*" allows all, and is never combined with credentials.

    A set is kept as it is: whoever gave it may add to it what is not known before a port is bound.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = allowed if isinstance(allowed, AbstractSet) else frozenset(allowed)
        self._any = "*" in self._allowed

    def allow(self, origins: Sequence[str]) -> bool:
        """Tell whether a request with these Origin headers may open a connection.

        One without any may, as no browser sends it across sites; one with several is no browser's.
        """
        return self._any or not origins or (len(origins) == 1 and origins[0] in self._allowed)

    def headers(self, origin: str | None) -> dict[str, str]:
        """Return the headers of a response to `origin`."""
        if self._any:
            return {"access-control-allow-origin": "*"}
        headers = {"vary": "Origin"}
        if origin in self._allowed and origin is not None:
            headers["access-control-allow-origin"] = origin
            headers["access-control-allow-credentials"] = "true"
        return headers

    def preflight(self, request: Mapping[str, str], methods: str) -> dict[str, str]:
        """Return the headers, beside headers(), that answer a preflight request; none for another OPTIONS."""
        origin = request.get("origin")
        if "access-control-request-method" not in request or not (self._any or origin in self._allowed):
            return {}
        return {
            "access-control-allow-methods": methods,
            "access-control-allow-headers": "authorization, content-type",
            "access-control-max-age": _MAX_AGE,
        }
