"""Broken variants of the chat server in tests/foreign/server, each with the scenario that must catch it.

What a variant does wrong stands with its function in tests/foreign/server/src/sabotage, a file for each capability.
"""

from mutants.defect import Defect, Tier


def _variant(name: str, killer: str, because: str, tier: Tier = Tier.PLAIN) -> Defect:
    """Give a way to be broken; one that shows between instances takes two."""
    return Defect(name=name, killer=killer, because=because, tier=tier, instances=1 + (tier is Tier.INSTANCES))


VARIANTS = {
    each.name: each
    for each in (
        # Who may connect, and how sessions end.
        _variant("accepts-a-missing-token", "auth.connect.missing", "newcomer/1 to receive session.error"),
        _variant("ignores-signatures", "auth.connect.malformed", "to receive session.error"),
        _variant("repeats-refused-tokens", "auth.refused.secret", "parts of the token in the error"),
        _variant("looks-into-the-header-first", "auth.connect.priority", "the user to be"),
        _variant("tells-unknown-users-apart", "auth.login.same-answer", "the answer to be"),
        _variant("forgives-reused-refresh-tokens", "auth.refresh.reuse", "a refusal with UNAUTHORIZED"),
        _variant("keeps-sockets-after-logout", "auth.logout.closes", "to be closed within"),
        # Conversations, and who is in them.
        _variant(
            "creates-direct-conversations-side-by-side",
            "conversations.direct.race",
            "the number of conversations to be 1",
            Tier.SUBTLE,
        ),
        _variant("tells-missing-conversations-apart", "conversations.get.stranger", "the answer to conversation.get"),
        _variant("refuses-strangers-for-the-wrong-reason", "messages.send.non-member", "to be refused with FORBIDDEN"),
        _variant("lists-by-creation", "conversations.list.own", "the order to be"),
        _variant("repeats-conversations-in-pages", "conversations.list.pages", "the conversations of all pages"),
        _variant("shows-users-to-strangers", "users.look-up.shared", "a refusal with NOT_FOUND"),
        _variant("renames-in-silence", "conversations.update.owner", "to receive conversation.updated"),
        _variant("leaves-removed-sockets-in-the-room", "membership.remove.told", "never to receive message.created"),
        _variant("opens-rooms-to-former-members", "membership.remove.locked-out", "a refusal with FORBIDDEN"),
        _variant("lets-members-add", "membership.add.by-member", "a refusal with FORBIDDEN"),
        _variant("has-everything-unread-for-newcomers", "membership.add.history", "the unread count to be 0"),
        _variant("leaves-conversations-without-owner", "membership.leave.owner", "the roles to be"),
        _variant("mutes-all-devices", "membership.room.mute", "bob/1 to receive message.created"),
        # Messages.
        _variant("tells-other-senders-devices-nothing", "messages.send.every-device", "to receive message.created"),
        _variant("doubles-after-the-second-reconnect", "messages.send.every-device", "exactly once", Tier.SUBTLE),
        _variant("loses-one-in-200", "limits.messages.rate", "the messages that arrived", Tier.SUBTLE),
        _variant("swaps-neighbours", "messages.order.pipelined", "the messages that the other receives", Tier.SUBTLE),
        _variant(
            "scopes-client-ids-by-conversation-alone",
            "messages.send.retry",
            "the same client id of another sender to be another message",
        ),
        _variant(
            "looks-for-retries-too-early", "messages.send.retry-race", "the number of messages to be 1", Tier.SUBTLE
        ),
        _variant("ignores-forged-fields", "messages.send.forged", "a refusal with VALIDATION_ERROR"),
        _variant("drops-parts-of-metadata", "messages.send.contents", "the metadata to be"),
        _variant("replies-across-conversations", "messages.reply.elsewhere", "a refusal with NOT_FOUND"),
        _variant("lets-others-edit", "messages.edit.by-other", "a refusal with FORBIDDEN"),
        _variant("tells-others-messages-apart", "messages.change.stranger", "to be refused with NOT_FOUND"),
        _variant(
            "keeps-the-content-of-deleted-messages",
            "messages.delete.own",
            "the content of the deleted message to be gone",
        ),
        _variant("brings-deleted-messages-back", "messages.change.race", "no edit after the deletion", Tier.SUBTLE),
        _variant("leaves-a-gap-behind-an-edit", "messages.edit.own", "an edit leaves no gap"),
        # Catching up, and history.
        _variant("forgets-changes-while-away", "sync.reconnect.missed", "the messages that changed"),
        _variant("ends-catching-up-early", "sync.reconnect.pages", "the missed messages, in order and once each"),
        _variant("repeats-the-last-known-message", "sync.nothing.missed", "what was missed"),
        _variant("takes-cursors-of-other-conversations", "sync.cursor.unknown", "a refusal with NOT_FOUND"),
        _variant("moves-edited-messages-in-the-history", "messages.edit.own", "the history to be"),
        _variant("overlaps-pages-of-the-history", "sync.history.pages", "those before the fifth"),
        _variant("stores-messages-later", "sync.history.at-once", "the newest message to be", Tier.SUBTLE),
        # What was read, who types, who is there.
        _variant("moves-receipts-back", "receipts.mark.late", "the read mark to be"),
        _variant("counts-deleted-messages", "receipts.count.deleted", "the unread count after the deletion"),
        _variant("loses-one-of-two-receipts", "receipts.mark.together", "what is unread for bob", Tier.SUBTLE),
        _variant("tells-readers-nothing", "receipts.mark.counts", "to receive receipt.read"),
        _variant("tells-the-typist", "typing.start.others", "never to receive typing.changed"),
        _variant("types-on-after-sending", "typing.end.sent", "'active': False}"),
        _variant("types-on-after-disconnecting", "typing.end.disconnected", "'active': False}"),
        _variant("goes-offline-with-any-connection", "presence.offline.last", "never to receive presence.offline"),
        _variant("keeps-ghosts", "presence.offline.last", "to receive presence.offline"),
        _variant("flaps", "presence.reconnect.quick", "never to receive presence.offline", Tier.SUBTLE),
        _variant(
            "tells-strangers-who-is-online", "presence.online.first", "stranger/1 never to receive presence.online"
        ),
        _variant("takes-requests-for-presence", "presence.list.online", "asked by one who is not"),
        # The wire, and how much is too much.
        _variant(
            "names-one-bad-field-only",
            "protocol.validation.fields",
            "the refusal to name the field unexpected",
            Tier.SUBTLE,
        ),
        _variant("takes-numbers-for-text", "protocol.validation.fields", "a refusal with VALIDATION_ERROR"),
        _variant("refuses-in-silence", "protocol.refusal.event", "stranger/1 to receive session.error"),
        _variant("ignores-what-wants-no-answer", "protocol.acknowledgement.unasked", "to receive message.created"),
        _variant("pings-in-seconds", "protocol.ping.pong", "the time in milliseconds"),
        _variant("hangs-up-on-unknown-events", "protocol.event.unknown", "connection closed"),
        _variant("writes-rest-messages-differently", "messages.send.rest", "Additional properties are not allowed"),
        _variant("never-limits", "limits.messages.rate", "a limit within"),
        _variant("limits-for-the-wrong-reason", "limits.messages.rate", "the reason of the refusals"),
        _variant("never-forgives-a-flood", "limits.messages.rate", "requests to be accepted again within"),
        _variant("counts-everybody-together", "limits.requests.rate", "refusal RATE_LIMITED"),
        _variant("takes-events-of-any-size", "limits.event.oversized", "to be refused with PAYLOAD_TOO_LARGE"),
        _variant("takes-bodies-of-any-size", "limits.body.oversized", "to be refused with PAYLOAD_TOO_LARGE"),
        _variant("refuses-devices-for-the-wrong-reason", "limits.connections.devices", "the code of the refusal"),
        # Several instances.
        _variant(
            "keeps-typing-to-its-instance", "instances.typing.crosses", "to receive typing.changed", Tier.INSTANCES
        ),
        _variant(
            "keeps-changes-to-its-instance", "instances.change.crosses", "to receive message.edited", Tier.INSTANCES
        ),
        _variant(
            "keeps-removals-to-its-instance",
            "instances.removal.crosses",
            "never to receive message.created",
            Tier.INSTANCES,
        ),
        _variant(
            "keeps-additions-to-its-instance",
            "instances.membership.crosses",
            "to receive message.created",
            Tier.INSTANCES,
        ),
        _variant("keeps-logouts-to-its-instance", "instances.logout.crosses", "to be closed within", Tier.INSTANCES),
        _variant(
            "tells-its-own-messages-first",
            "instances.order.agreed",
            "everybody to receive the same in the same order",
            Tier.INSTANCES,
        ),
        _variant("does-not-know-its-echo", "instances.duplicate.none", "exactly once", Tier.INSTANCES),
        _variant("forgets-retries-from-elsewhere", "instances.retry.crosses", "the message to be", Tier.INSTANCES),
        _variant("limits-each-instance-by-itself", "instances.limits.cross", "to hold on the other", Tier.INSTANCES),
        _variant("knows-its-own-connections-only", "instances.presence.crosses", "exactly once", Tier.INSTANCES),
        _variant(
            "locks-on-this-instance-only",
            "instances.order.agreed",
            "the sequence, in which no place is given twice",
            Tier.INSTANCES,
        ),
    )
}
