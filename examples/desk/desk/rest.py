"""What clients ask for over REST, each in a few words of the services."""

from desk_wire.desk import models
from palaver_runtime.kit import Caller, Core, Invalid, listing_cursor, listing_place
from pydantic import MISSING

from desk import codec


class DeskRoutes:
    """Implements the generated `RouteHandlers`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def register(self, body: models.Registration) -> models.Session:
        """Create an account and sign in."""
        return codec.session(await self._core.accounts.register(body.name, body.password, None))

    async def login(self, body: models.Credentials) -> models.Session:
        """Sign in."""
        return codec.session(await self._core.accounts.login(body.name, body.password))

    async def renew(self, body: models.Renewal) -> models.Session:
        """Exchange a refresh token."""
        return codec.session(await self._core.accounts.refresh(body.refresh_token))

    async def list_tickets(self, caller: Caller, parameters: models.ListTicketsParameters) -> models.TicketPage:
        """List the caller's tickets."""
        after = None if parameters.cursor is MISSING else listing_place(parameters.cursor)
        page, following = await self._core.conversations.listing(caller, after, parameters.limit)
        return models.TicketPage(
            tickets=[codec.ticket(each.conversation, each.unread) for each in page],
            next_cursor=MISSING if following is None else listing_cursor(following),
        )

    async def list_messages(self, caller: Caller, parameters: models.ListMessagesParameters) -> models.MessagePage:
        """Give a page of what was said."""
        if parameters.before is not MISSING and parameters.after is not MISSING:
            raise Invalid.field("/query/after", "cannot be combined with before")
        page, more = await self._core.messages.history(
            caller,
            parameters.ticket_id,
            before=None if parameters.before is MISSING else parameters.before,
            after=None if parameters.after is MISSING else parameters.after,
            limit=parameters.limit,
        )
        return models.MessagePage(messages=[codec.message(each) for each in page], has_more=more)
