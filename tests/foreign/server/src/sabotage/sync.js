/** Who was away does not learn of what was edited or deleted meanwhile. */
export function forgetsChangesWhileAway({ messages: { repository } }) {
  repository.changedSince = async () => [];
}

/** Catching up ends with the first page. */
export function endsCatchingUpEarly({ messages }) {
  const { sync } = messages;
  messages.sync = async (...request) => ({ ...(await sync.apply(messages, request)), hasMore: false });
}

/** Catching up begins with the message that the client has already. */
export function repeatsTheLastKnownMessage({ messages }) {
  const { sync } = messages;
  messages.sync = async (callerId, conversationId, place) => {
    const missed = await sync.call(messages, callerId, conversationId, place);
    if (place.lastMessageId === undefined) return missed;
    const known = await messages.repository.find(place.lastMessageId);
    return { ...missed, messages: [messages.view(known), ...missed.messages] };
  };
}

/** A client may name the last message of another conversation. */
export function takesCursorsOfOtherConversations({ messages }) {
  const { sync } = messages;
  messages.sync = async (callerId, conversationId, { lastMessageId, ...place }) => {
    const last = lastMessageId && (await messages.repository.find(lastMessageId));
    const known = last?.conversationId === conversationId ? lastMessageId : undefined;
    return sync.call(messages, callerId, conversationId, { ...place, lastMessageId: known });
  };
}

/** What was edited last comes last in the history. */
export function movesEditedMessagesInTheHistory({ messages: { repository } }) {
  const { range } = repository;
  repository.range = async (...place) =>
    (await range.apply(repository, place)).sort((one, other) => one.revision - other.revision);
}

/** The message before which history is asked for is there once more. */
export function overlapsPagesOfTheHistory({ messages }) {
  const { page } = messages;
  messages.page = (id, after, upTo, hasMore) => page.call(messages, id, after, hasMore ? upTo + 1 : upTo, hasMore);
}

/** Messages are told and acknowledged, and stored a moment later. */
export function storesMessagesLater({ storage, messages: { repository } }) {
  const { create } = repository;
  repository.create = async (conversation, message) => {
    await storage.commit((write) => repository.conversations.write(write, conversation));
    setTimeout(() => create.call(repository, conversation, message), 200);
  };
}
