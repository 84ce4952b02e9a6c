import { setTimeout as pause } from "node:timers/promises";

import { placeOf } from "../conversations/conversations.service.js";

/** The latest receipt counts, however old the message is that it names. */
export function movesReceiptsBack({ receipts }) {
  receipts.advances = () => true;
}

/** Messages that were deleted are still unread. */
export function countsDeletedMessages({ messages }) {
  messages.countUnread = async ({ id, sequence }, { userId, readSequence }) => {
    const found = await messages.repository.range(id, readSequence, sequence);
    return found.filter(({ senderId }) => senderId !== userId).length;
  };
}

/** Of two who read at once the one who stores last overwrites what the other has read. */
export function losesOneOfTwoReceipts({ conversations, receipts }) {
  const unlocked = Object.create(conversations);
  unlocked.within = async (callerId, id, work) => {
    const stale = await conversations.repository.find(id);
    await pause(200);
    return work(stale, placeOf(stale, callerId));
  };
  receipts.conversations = unlocked;
}

/** What was read on one device is not told to the reader's others. */
export function tellsReadersNothing({ rooms }) {
  const { toConversation } = rooms;
  rooms.toConversation = (id, event, payload) => {
    if (event === "message:read") rooms.toOthers(payload.userId, id, event, payload);
    else toConversation.call(rooms, id, event, payload);
  };
}
