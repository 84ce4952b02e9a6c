/** Social: direct messages in a namespace of its own. */

import type { Chat, Conversation, Dialect, Message, Opening } from "../chat.js";
import { Refusal } from "../chat.js";
import { Rest } from "../rest.js";
import { PATIENCE, line } from "../socketio.js";
import type { Socket } from "../vendor/socket.io.js";
import type * as wire from "../../../generated/palaver_wire/typescript/social.js";

type Wire = Socket<wire.ServerToClientEvents, wire.ClientToServerEvents>;

export const social: Dialect = { wire: "Socket.IO, namespace /messaging, REST", open };

function open(opening: Opening): Chat {
  const { tell } = opening;
  const rest = new Rest<wire.Paths>(opening.base, opening.log, opening.token);
  const { socket, cut, mend, close } = line<Wire>("/messaging", opening);
  const asking = () => socket.timeout(PATIENCE);

  const conversationOf = (given: wire.Conversation): Conversation => {
    for (const { userId, displayName, username } of given.participants) {
      const name = displayName ?? username;
      if (name) tell({ kind: "named", userId, name });
    }
    return {
      id: given.id,
      // It knows pairs alone; who takes part in more was put there by another dialect.
      kind: given.participants.length > 2 || given.name ? "group" : "direct",
      name: given.name,
      memberIds: given.participants.map((each) => each.userId),
      unread: given.unreadCount,
      last: given.lastMessage && messageOf(given.lastMessage),
      updatedAt: given.updatedAt,
    };
  };

  socket.on("connected", () => tell({ kind: "link", link: "open" }));
  socket.on("error", ({ code, message }) => tell({ kind: "refused", code, message }));
  socket.on("new_message", (message) => tell({ kind: "message", message: messageOf(message) }));
  socket.on("user_typing", ({ conversationId, userId, isTyping }) =>
    tell({ kind: "typing", conversationId, userId, active: isTyping }),
  );
  mend();

  return {
    replies: false,
    cut,
    mend,
    close,
    async conversations() {
      const found: Conversation[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: 100, ...(cursor && { cursor }) };
        const page = await rest.ask("get", "/api/messaging/conversations", { query });
        found.push(...page.conversations.map(conversationOf));
        cursor = page.nextCursor;
      } while (cursor);
      return found;
    },
    async history(conversationId, before) {
      const query = { limit: 50, ...(before && { before: before.id }) };
      const path = "/api/messaging/conversations/{conversationId}/messages";
      const { messages, hasMore } = await rest.ask("get", path, { path: { conversationId }, query });
      return { messages: messages.map(messageOf), more: hasMore };
    },
    async send({ conversationId, clientMessageId, content }) {
      const payload = { conversationId, clientMessageId, content };
      return messageOf(accepted(await asking().emitWithAck("send_message", payload)).message);
    },
    async read(conversationId) {
      return accepted(await asking().emitWithAck("mark_read", { conversationId })).unreadCount;
    },
    typing(conversationId, active) {
      socket.volatile.emit(active ? "typing_start" : "typing_stop", { conversationId }, () => {});
    },
  };
}

function accepted<A extends { success: true }>(answer: A | wire.Refused): A {
  if (!answer.success) throw new Refusal(answer.error.code, answer.error.message);
  return answer;
}

function messageOf({ isEdited: edited, isDeleted: deleted, ...rest }: wire.Message): Message {
  return { ...rest, edited, deleted, revision: 0 };
}
