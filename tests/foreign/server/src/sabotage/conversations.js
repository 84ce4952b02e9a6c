import { setTimeout as pause } from "node:timers/promises";

import { forbidden, notFound } from "../errors.js";
import { placeOf } from "../conversations/conversations.service.js";

/** Between looking for a direct conversation and creating it others may do the same. */
export function createsDirectConversationsSideBySide({ conversations: { repository } }) {
  const { exclusivelyDirect } = repository;
  repository.exclusivelyDirect = async (one, other, work) => {
    const found = await exclusivelyDirect.call(repository, one, other, (existing) => existing);
    await pause(200);
    return work(found);
  };
}

/** Whether a conversation exists shows in the answer to those who are not in it. */
export function tellsMissingConversationsApart({ conversations }) {
  const { admit } = conversations;
  conversations.admit = (conversation, callerId) => {
    if (!conversation) throw forbidden("There is no such conversation");
    return admit.call(conversations, conversation, callerId);
  };
}

/** The latest conversation comes first, whatever was said in the others. */
export function listsByCreation({ conversations: { repository } }) {
  const { create } = repository;
  const created = new Map();
  repository.create = async (conversation) => {
    created.set(conversation.id, conversation.activity);
    await create.call(repository, conversation);
  };
  const { allOf } = repository;
  repository.allOf = async (userId) =>
    (await allOf.call(repository, userId)).map((each) => ({ ...each, activity: created.get(each.id) }));
}

/** The last conversation of a page is also the first of the next. */
export function repeatsConversationsInPages({ conversations }) {
  const { list } = conversations;
  conversations.list = async (callerId, before, limit) => {
    const page = await list.call(conversations, callerId, before, limit);
    return { ...page, last: page.last && page.last + 1 };
  };
}

/** Everybody can look up everybody. */
export function showsUsersToStrangers({ conversations }) {
  conversations.shared = async () => true;
}

/** A new name is stored and told to nobody. */
export function renamesInSilence({ rooms }) {
  const { toConversation } = rooms;
  rooms.toConversation = (id, event, payload) => {
    if (event !== "conversation:updated") toConversation.call(rooms, id, event, payload);
  };
}

/** To those who are not in it, a conversation is not found instead of forbidden. */
export function refusesStrangersForTheWrongReason({ conversations }) {
  conversations.admit = (conversation, callerId) => {
    const participant = conversation && placeOf(conversation, callerId);
    if (!participant) throw notFound("There is no such conversation");
    return participant;
  };
}
