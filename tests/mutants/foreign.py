"""Broken variants of the chat server in tests/foreign/server, each with the scenario that must catch it.

What a variant does wrong stands with its function in tests/foreign/server/src/sabotage, a file for each capability.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """A way to be broken. `killer` is the id of the scenario that has to fail, over so many instances."""

    name: str
    killer: str
    instances: int = 1


VARIANTS = {
    each.name: each
    for each in (
        # Who may connect, and how sessions end.
        Variant("accepts-a-missing-token", "auth.connect.missing"),
        Variant("ignores-signatures", "auth.connect.malformed"),
        Variant("repeats-refused-tokens", "auth.refused.secret"),
        Variant("looks-into-the-header-first", "auth.connect.priority"),
        Variant("tells-unknown-users-apart", "auth.login.same-answer"),
        Variant("forgives-reused-refresh-tokens", "auth.refresh.reuse"),
        Variant("keeps-sockets-after-logout", "auth.logout.closes"),
        # Conversations, and who is in them.
        Variant("creates-direct-conversations-side-by-side", "conversations.direct.race"),
        Variant("tells-missing-conversations-apart", "conversations.get.stranger"),
        Variant("refuses-strangers-for-the-wrong-reason", "messages.send.non-member"),
        Variant("lists-by-creation", "conversations.list.own"),
        Variant("repeats-conversations-in-pages", "conversations.list.pages"),
        Variant("shows-users-to-strangers", "users.look-up.shared"),
        Variant("renames-in-silence", "conversations.update.owner"),
        Variant("leaves-removed-sockets-in-the-room", "membership.remove.told"),
        Variant("opens-rooms-to-former-members", "membership.remove.locked-out"),
        Variant("lets-members-add", "membership.add.by-member"),
        Variant("has-everything-unread-for-newcomers", "membership.add.history"),
        Variant("leaves-conversations-without-owner", "membership.leave.owner"),
        Variant("mutes-all-devices", "membership.room.mute"),
        # Messages.
        Variant("tells-other-senders-devices-nothing", "messages.send.every-device"),
        Variant("doubles-after-the-second-reconnect", "messages.send.every-device"),
        Variant("loses-one-in-200", "limits.messages.rate"),
        Variant("swaps-neighbours", "messages.order.pipelined"),
        Variant("scopes-client-ids-by-conversation-alone", "messages.send.retry"),
        Variant("looks-for-retries-too-early", "messages.send.retry-race"),
        Variant("ignores-forged-fields", "messages.send.forged"),
        Variant("drops-parts-of-metadata", "messages.send.contents"),
        Variant("replies-across-conversations", "messages.reply.elsewhere"),
        Variant("lets-others-edit", "messages.edit.by-other"),
        Variant("tells-others-messages-apart", "messages.change.stranger"),
        Variant("keeps-the-content-of-deleted-messages", "messages.delete.own"),
        Variant("brings-deleted-messages-back", "messages.change.race"),
        Variant("leaves-a-gap-behind-an-edit", "messages.edit.own"),
        # Catching up, and history.
        Variant("forgets-changes-while-away", "sync.reconnect.missed"),
        Variant("ends-catching-up-early", "sync.reconnect.pages"),
        Variant("repeats-the-last-known-message", "sync.nothing.missed"),
        Variant("takes-cursors-of-other-conversations", "sync.cursor.unknown"),
        Variant("moves-edited-messages-in-the-history", "messages.edit.own"),
        Variant("overlaps-pages-of-the-history", "sync.history.pages"),
        Variant("stores-messages-later", "sync.history.at-once"),
        # What was read, who types, who is there.
        Variant("moves-receipts-back", "receipts.mark.late"),
        Variant("counts-deleted-messages", "receipts.count.deleted"),
        Variant("loses-one-of-two-receipts", "receipts.mark.together"),
        Variant("tells-readers-nothing", "receipts.mark.counts"),
        Variant("tells-the-typist", "typing.start.others"),
        Variant("types-on-after-sending", "typing.end.sent"),
        Variant("types-on-after-disconnecting", "typing.end.disconnected"),
        Variant("goes-offline-with-any-connection", "presence.offline.last"),
        Variant("keeps-ghosts", "presence.offline.last"),
        Variant("flaps", "presence.reconnect.quick"),
        Variant("tells-strangers-who-is-online", "presence.online.first"),
        Variant("takes-requests-for-presence", "presence.list.online"),
        # The wire, and how much is too much.
        Variant("names-one-bad-field-only", "protocol.validation.fields"),
        Variant("takes-numbers-for-text", "protocol.validation.fields"),
        Variant("refuses-in-silence", "protocol.refusal.event"),
        Variant("ignores-what-wants-no-answer", "protocol.acknowledgement.unasked"),
        Variant("pings-in-seconds", "protocol.ping.pong"),
        Variant("hangs-up-on-unknown-events", "protocol.event.unknown"),
        Variant("writes-rest-messages-differently", "messages.send.rest"),
        Variant("never-limits", "limits.messages.rate"),
        Variant("limits-for-the-wrong-reason", "limits.messages.rate"),
        Variant("never-forgives-a-flood", "limits.messages.rate"),
        Variant("counts-everybody-together", "limits.requests.rate"),
        Variant("takes-events-of-any-size", "limits.event.oversized"),
        Variant("takes-bodies-of-any-size", "limits.body.oversized"),
        Variant("refuses-devices-for-the-wrong-reason", "limits.connections.devices"),
        # Several instances.
        Variant("keeps-typing-to-its-instance", "instances.typing.crosses", 2),
        Variant("keeps-changes-to-its-instance", "instances.change.crosses", 2),
        Variant("keeps-removals-to-its-instance", "instances.removal.crosses", 2),
        Variant("keeps-additions-to-its-instance", "instances.membership.crosses", 2),
        Variant("keeps-logouts-to-its-instance", "instances.logout.crosses", 2),
        Variant("tells-its-own-messages-first", "instances.order.agreed", 2),
        Variant("does-not-know-its-echo", "instances.duplicate.none", 2),
        Variant("forgets-retries-from-elsewhere", "instances.retry.crosses", 2),
        Variant("limits-each-instance-by-itself", "instances.limits.cross", 2),
        Variant("knows-its-own-connections-only", "instances.presence.crosses", 2),
        Variant("locks-on-this-instance-only", "instances.order.agreed", 2),
    )
}
