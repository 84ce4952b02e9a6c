"""What a dialect is given to work with."""

from dataclasses import dataclass, field

from palaver_runtime.delivery.hub import Hub
from palaver_runtime.fairness import Fairness
from palaver_runtime.metrics import Meter
from palaver_runtime.ports import Clock
from palaver_runtime.services.accounts import AccountService
from palaver_runtime.services.announcements import AnnouncementService
from palaver_runtime.services.capacity import Capacity
from palaver_runtime.services.conversations import ConversationService
from palaver_runtime.services.directs import DirectService
from palaver_runtime.services.limits import Limits, Seats
from palaver_runtime.services.messages import MessageService
from palaver_runtime.services.presence import PresenceService
from palaver_runtime.services.receipts import ReceiptService
from palaver_runtime.services.typing import TypingService


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The services, the hub that brings events to connections, the limits that come before any service, the time.

    `meter` counts for the dialect to which the core is given.
    """

    accounts: AccountService
    conversations: ConversationService
    messages: MessageService
    directs: DirectService
    receipts: ReceiptService
    typing: TypingService
    announcements: AnnouncementService
    presence: PresenceService
    limits: Limits
    hub: Hub
    clock: Clock
    seats: Seats = field(default_factory=lambda: Seats(1_000_000, 1_000_000))
    fairness: Fairness = field(default_factory=Fairness)
    capacity: Capacity = field(default_factory=Capacity)
    meter: Meter = field(default_factory=Meter)

    async def close(self) -> None:
        """Stop everything that is due later."""
        await self.messages.close()
        await self.typing.close()
        await self.presence.close()
        await self.hub.close()
