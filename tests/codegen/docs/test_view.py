"""Views put things in order."""

from palaver_codegen.docs.view import Reference


def test_groups_keep_the_order_of_the_document(toy: Reference) -> None:
    """Entries of one group stand together, groups in the order in which they first come."""
    assert toy.events is not None
    assert {name: len(listed) for name, listed in toy.events.groups.items()} == {
        "Clients send": 2,
        "The server sends": 2,
    }
    assert list(toy.events.groups) == ["Clients send", "The server sends"]


def test_keys_name_the_method(toy: Reference) -> None:
    """A request is listed with its method, an event by its name."""
    assert toy.rest is not None
    assert toy.events is not None
    assert toy.rest.entries[0].key.startswith("GET /")
    assert toy.events.entries[0].key == "note:send"
