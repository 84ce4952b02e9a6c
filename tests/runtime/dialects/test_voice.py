"""Who is at the other end of a connection, and where its token is found."""

import pytest

from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._voice import Session, bearer
from palaver_runtime.domain.values import Caller


class Silent:
    """An outlet to which nothing is delivered."""

    def deliver(self, *_: object) -> None:
        """Fail."""
        raise AssertionError

    dismiss = deliver


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer x.y.z", "x.y.z"),
        ("bearer  x.y.z ", "x.y.z"),
        ("Bearer", ""),
        ("Basic x.y.z", None),
        ("x.y.z", None),
    ],
)
def test_a_bearer_token_is_found_whatever_its_case_and_blanks(header: str, token: str | None) -> None:
    """Of the scheme that is called so, and of no other."""
    assert bearer({"authorization": header}) == token
    assert bearer({}) is None


def test_a_session_is_counted_by_its_user_and_by_its_address() -> None:
    """Both as they are given: the address is what several clients may share."""
    caller = Caller(user_id="ann")
    member = Member(id="1", user_id="ann", session_id=None, outlet=Silent(), selective=False)
    session = Session(caller, member, lambda *_: None, "192.0.2.0/24")
    assert (session.asker.address, session.asker.user_id) == ("192.0.2.0/24", "ann")
    assert (session.caller, session.member) == (caller, member)
