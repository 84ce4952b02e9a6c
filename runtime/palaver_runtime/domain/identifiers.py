"""Identifiers of conversations, messages and accounts."""

import hashlib
import os
import time

ID_LENGTH = 24


def new_id() -> str:
    """Make an identifier: 24 lower-case hexadecimal digits, the first eight of them the second of its making.

    The layout is that of a MongoDB ObjectId, which existing clients of the gateway expect. Four more digits are a
    fraction of the second: what is made at about the same time stands together in an index, of which a batch then
    changes few pages. The other six bytes are random, so identifiers made in different processes do not collide and
    cannot be guessed.
    """
    return f"{int(time.time() * 0x10000) & 0xFFFFFFFFFFFF:012x}{os.urandom(6).hex()}"


def id_of_name(name: str) -> str:
    """Give the identifier of the conversation that a name stands for, where a wire calls rooms by their names.

    It is always the same one, of the same layout: the first 24 hexadecimal digits of the name's SHA-256.
    """
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]
