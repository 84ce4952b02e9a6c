"""Something harmless to ask a server for, to see that it answers."""

from collections.abc import Mapping

from palaver_conformance.contract.model import Contract, SocketOperation
from palaver_conformance.errors import NotApplicable

MISSING = "0" * 24
"""The identifier of a conversation or message that is not there."""

# From the most harmless one on. What is refused is an answer too: nothing has happened then. A message has a recipient
# only where it cannot name a conversation.
_PROBES: Mapping[str, Mapping[str, object]] = {
    "session.ping": {},
    "room.join": {"conversation": MISSING},
    "receipt.mark": {"conversation": MISSING, "message": MISSING},
    "message.send": {"conversation": MISSING, "recipient": "nobody-has-this-id", "content": "probe"},
}


def probe(contract: Contract) -> tuple[SocketOperation, dict[str, object]]:
    """Return an operation over the socket that is always answered, and values for it, as far as it takes them.

    Raises NotApplicable when the documents have none.
    """
    for means, values in _PROBES.items():
        for each in contract.operations:
            if isinstance(each, SocketOperation) and each.means == means and each.answered:
                found = {name: value for name, value in values.items() if name in each.fields}
                if "conversation" in found:
                    found.pop("recipient", None)
                return each, found
    raise NotApplicable("the documents have no event that is always answered")
