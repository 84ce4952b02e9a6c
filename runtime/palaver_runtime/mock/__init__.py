"""A server made of documents and their examples alone, for whoever builds a client before there is a server.

It knows no dialect and no chat: what it says is in a bundle, as `bundle.json` holds it. It forgets all it is told.
"""

from palaver_runtime.mock.contract import Contract, read_contract
from palaver_runtime.mock.server import Mock, Wishes
from palaver_runtime.mock.values import NoValue

__all__ = ["Contract", "Mock", "NoValue", "Wishes", "read_contract"]
