import { setTimeout as pause } from "node:timers/promises";

import { forbidden } from "../errors.js";
import { newMessage, sendMessage } from "../validation/schemas.js";

/** Of a sender's devices only that hears of a message which sent it. */
export function tellsOtherSendersDevicesNothing({ messages, rooms }) {
  messages.announce = (message) => {
    rooms.toOthers(message.senderId, message.conversationId, "message:new", messages.view(message));
  };
}

/** Every two hundredth message of a conversation is stored, acknowledged and told to nobody. */
export function losesOneIn200({ messages, limits }) {
  limits.limits.messages = { burst: 250, perSecond: 1 };
  limits.limits.requests = { burst: 1000, perSecond: 1 };
  const { announce } = messages;
  messages.announce = (message) => {
    if (message.sequence % 200 !== 0) announce.call(messages, message);
  };
}

/** Now and then two messages go out the wrong way round. */
export function swapsNeighbours({ messages }) {
  const { announce } = messages;
  const held = [];
  messages.announce = (message) => {
    if (message.sequence % 10 === 5) {
      held.push(message);
      return;
    }
    announce.call(messages, message);
    for (const late of held.splice(0)) announce.call(messages, late);
  };
}

/** From a user's third connection on the listeners of the former ones are still there. */
export function doublesAfterTheSecondReconnect({ gateway, rooms }) {
  const connections = new Map();
  const { handleConnection } = gateway;
  gateway.handleConnection = (socket) => {
    const { userId } = socket.data.user ?? {};
    connections.set(userId, (connections.get(userId) ?? 0) + 1);
    socket.data.doubled = connections.get(userId) > 2;
    handleConnection.call(gateway, socket);
  };
  const { toConversation } = rooms;
  rooms.toConversation = (id, event, payload) => {
    toConversation.call(rooms, id, event, payload);
    for (const socket of rooms.server.sockets.sockets.values()) {
      if (socket.data.doubled && socket.rooms.has(`conversation:${id}`)) socket.emit(event, payload);
    }
  };
}

/** A client's own identifier is good for a conversation, whoever sends. */
export function scopesClientIdsByConversationAlone({ messages: { repository } }) {
  const { create, findSent } = repository;
  const senders = new Map();
  repository.create = async (conversation, message) => {
    senders.set(`${conversation.id} ${message.clientMessageId}`, message.senderId);
    await create.call(repository, conversation, message);
  };
  repository.findSent = async (conversationId, senderId, clientMessageId) => {
    const first = senders.get(`${conversationId} ${clientMessageId}`) ?? senderId;
    return findSent.call(repository, conversationId, first, clientMessageId);
  };
}

/** Whether a message was sent before is found out before the conversation is locked. */
export function looksForRetriesTooEarly({ messages }) {
  const { repository, send } = messages;
  const { findSent } = repository;
  repository.findSent = async () => undefined;
  messages.send = async (callerId, conversationId, draft) => {
    const earlier = await findSent.call(repository, conversationId, callerId, draft.clientMessageId);
    await pause(200);
    return earlier ? messages.view(earlier) : send.call(messages, callerId, conversationId, draft);
  };
}

/** What a message has beside the known fields is ignored. */
export function ignoresForgedFields() {
  sendMessage.additionalProperties = true;
  newMessage.additionalProperties = true;
}

/** What a client attaches is kept without what begins with an underscore. */
export function dropsPartsOfMetadata({ messages }) {
  const { store } = messages;
  messages.store = (conversation, senderId, draft) => {
    const text = JSON.stringify(draft.metadata ?? {}, (name, value) => (name.startsWith("_") ? undefined : value));
    return store.call(messages, conversation, senderId, { ...draft, metadata: JSON.parse(text) });
  };
}

/** A reply may name any message, of whichever conversation. */
export function repliesAcrossConversations({ messages }) {
  const { requireMessage } = messages;
  messages.requireMessage = async (conversationId, id) => {
    const found = await messages.repository.find(id);
    return found ?? requireMessage.call(messages, conversationId, id);
  };
}

/** Every participant may change every message. */
export function letsOthersEdit({ messages }) {
  messages.requireOwn = () => {};
}

/** A stranger who guesses the id of a message learns that there is one. */
export function tellsOthersMessagesApart({ messages }) {
  const { requireVisible } = messages;
  messages.requireVisible = (conversation, message, callerId) => {
    if (!conversation.participants.some(({ userId }) => userId === callerId)) {
      throw forbidden("You are not a participant of this conversation");
    }
    requireVisible.call(messages, conversation, message, callerId);
  };
}

/** What a deleted message said can still be read. */
export function keepsTheContentOfDeletedMessages({ messages }) {
  messages.erase = () => {};
}

/** An edit does not notice that the message was deleted while it was under way. */
export function bringsDeletedMessagesBack({ messages }) {
  const { edit, requireVisible } = messages;
  messages.edit = async (...request) => {
    await pause(200);
    return edit.apply(messages, request);
  };
  messages.requireVisible = (conversation, message, callerId) => {
    requireVisible.call(messages, conversation, { ...message, isDeleted: false }, callerId);
  };
}

/** An edit takes a place in the sequence. */
export function leavesAGapBehindAnEdit({ messages: { repository } }) {
  const { save } = repository;
  repository.save = async (conversation, message) => {
    if (message.isEdited) conversation.sequence += 1;
    await save.call(repository, conversation, message);
  };
}
