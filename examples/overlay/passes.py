"""The passes of Campfire: `python passes.py NAME` prints that of a soul."""

import hashlib
import hmac
import sys

SECRET = b"the embers glow all night"


def pass_of(name: str) -> str:
    """Return the pass of a soul."""
    return f"{name}.{hmac.new(SECRET, name.encode(), hashlib.sha256).hexdigest()}"


if __name__ == "__main__":
    sys.stdout.write(pass_of(sys.argv[1]) + "\n")
