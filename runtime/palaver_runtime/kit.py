"""What a dialect of your own is made of: everything that a package outside Palaver may import of the runtime.

A dialect is a module with `DEFAULT_PORT` and `build(core, site) -> Surface`, which `palaver serve --app MODULE` finds:

    def build(core: Core, site: Site) -> Surface:
        return socketio(
            core,
            site,
            dialect="desk",
            voice=DeskVoice(),
            events=table.bind_events(DeskEvents(core)),
            routes=routes.bind_routes(DeskRoutes(core)),
            http=Http(core, errors.CATALOGUE, codec.error_body),
        )

Handlers implement the generated Protocols. They translate between wire models and values, and call the services of
`core`: accounts, conversations, messages, directs, receipts, typing, presence. Whatever a service refuses it refuses by
a `ChatError`, and so may a handler: one of your own is a subclass with the `code` that the documents have for it.

What the core has no word for is announced: `core.announcements.announce(conversation_id, decide)` shows `decide` the
conversation as it stands and has what it returns, an `Announcement`, told to every participant, exactly once and in
order, on all instances. Its metadata is a good place for small state of your own. `Session.tell` reaches one connection
and is for what is of the moment.
"""

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects._cursor import listing_cursor, listing_place
from palaver_runtime.dialects._details import details
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects._reading import distinct
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._surface import BoundEvents, BoundRoutes, socketio_alone, socketio_over_http
from palaver_runtime.dialects._voice import Notification, Session, Voice, bearer
from palaver_runtime.domain.commands import (
    Announcement,
    CreateConversation,
    Missed,
    SendDirect,
    SendMessage,
    Synchronise,
)
from palaver_runtime.domain.errors import (
    ChatError,
    Conflict,
    ConnectionRefused,
    Forbidden,
    Internal,
    Invalid,
    NotFound,
    PayloadTooLarge,
    Problem,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from palaver_runtime.domain.events import (
    ConversationCreated,
    ConversationUpdated,
    Event,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ParticipantAdded,
    ParticipantRemoved,
    PresenceChanged,
    ReadMarked,
    TypingChanged,
)
from palaver_runtime.domain.policies import require_admin, require_owner, require_participant
from palaver_runtime.domain.values import (
    Attachment,
    Caller,
    Conversation,
    ConversationSummary,
    ConversationType,
    Message,
    MessageKind,
    Participant,
    Profile,
    ReadMark,
    Role,
    User,
)
from palaver_runtime.services.accounts import SignedIn
from palaver_runtime.transports.socketio import Connection, broadcast
from palaver_runtime.transports.sockets import Acknowledgement, Handshake

__all__ = [
    "Acknowledgement",
    "Announcement",
    "Attachment",
    "Caller",
    "ChatError",
    "Conflict",
    "ConnectionRefused",
    "Conversation",
    "ConversationCreated",
    "ConversationSummary",
    "ConversationType",
    "ConversationUpdated",
    "Core",
    "CreateConversation",
    "Event",
    "Forbidden",
    "Handshake",
    "Http",
    "Internal",
    "Invalid",
    "Message",
    "MessageCreated",
    "MessageDeleted",
    "MessageEdited",
    "MessageKind",
    "Missed",
    "NotFound",
    "Notification",
    "Participant",
    "ParticipantAdded",
    "ParticipantRemoved",
    "PayloadTooLarge",
    "PresenceChanged",
    "Problem",
    "Profile",
    "RateLimited",
    "ReadMark",
    "ReadMarked",
    "Role",
    "SendDirect",
    "SendMessage",
    "Session",
    "SignedIn",
    "Site",
    "Surface",
    "Synchronise",
    "TypingChanged",
    "Unauthorized",
    "Unavailable",
    "User",
    "Voice",
    "bearer",
    "details",
    "distinct",
    "listing_cursor",
    "listing_place",
    "require_admin",
    "require_owner",
    "require_participant",
    "socketio",
]


def socketio(
    core: Core,
    site: Site,
    *,
    dialect: str,
    voice: Voice,
    events: BoundEvents,
    routes: BoundRoutes = (),
    http: Http | None = None,
    namespace: str = "/",
) -> Surface:
    """Serve a dialect over Socket.IO in a namespace, at the usual path, and its REST operations everywhere else.

    `dialect` is its name, by which its announcements are told apart from those of others. Without `http` there is no
    REST.
    """
    sockets: Sockets[Connection[Session]] = Sockets(
        core, voice, events, broadcast, namespace=namespace, dialect=dialect
    )
    return socketio_alone(sockets, site) if http is None else socketio_over_http(sockets, routes, http, site)
