/** Envelope: `{type, payload}` frames over a bare WebSocket, in rooms that each connection enters. */

import type { Chat, Conversation, Dialect, Message, Opening } from "../chat.js";
import { Refusal } from "../chat.js";
import { Rest } from "../rest.js";
import { PATIENCE } from "../socketio.js";
import { line } from "../websocket.js";
import type * as wire from "../../../generated/palaver_wire/typescript/envelope.js";

export const envelope: Dialect = { wire: "bare WebSocket, REST", open };

function open(opening: Opening): Chat {
  const { base, tell, token } = opening;
  const rest = new Rest<wire.Paths>(base, opening.log, token);
  const awaited: Awaited[] = [];

  async function address(): Promise<URL> {
    const url = new URL("ws", base);
    url.protocol = base.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("token", await token());
    return url;
  }

  const know = ({ id, displayName, username }: wire.User) =>
    tell({ kind: "named", userId: id, name: displayName || username });

  const conversationOf = ({ id, type, name, members, unreadCount, updatedAt, messages }: wire.Room): Conversation => {
    members.forEach(know);
    const last = messages?.reduce((one, other) => (one.sequenceId > other.sequenceId ? one : other), messages[0]!);
    return {
      id,
      kind: type === "DIRECT" ? "direct" : "group",
      name,
      memberIds: members.map((each) => each.id),
      unread: unreadCount ?? 0,
      last: last && messageOf(last),
      updatedAt,
    };
  };

  /** Send what a frame answers; there are no acknowledgements, so the first that fits is taken for the answer. */
  function ask(frame: wire.ClientFrame, answers: (frame: wire.ServerFrame) => boolean): Promise<wire.ServerFrame> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new Error("no answer in time"))), PATIENCE);
      const one: Awaited = { type: frame.type, answers, settle, resolve, reject };
      function settle(end: () => void): void {
        clearTimeout(timer);
        awaited.splice(awaited.indexOf(one), 1);
        end();
      }
      awaited.push(one);
      try {
        send(frame);
      } catch (error) {
        settle(() => reject(error));
      }
    });
  }

  const { send, cut, mend, close } = line<wire.ServerFrame, wire.ClientFrame>(opening, address, (frame) => {
    take(frame);
    const one =
      frame.type === "error"
        ? awaited.find((each) => each.type === frame.payload.originalType)
        : awaited.find((each) => each.answers(frame));
    if (one && frame.type === "error") {
      one.settle(() => one.reject(new Refusal(frame.payload.code, frame.payload.message)));
    } else if (one) {
      one.settle(() => one.resolve(frame));
    } else if (frame.type === "error") {
      tell({ kind: "refused", code: frame.payload.code, message: frame.payload.message });
    }
  });

  function take(frame: wire.ServerFrame): void {
    switch (frame.type) {
      case "connected":
        return tell({ kind: "link", link: "open" });
      case "message":
        know(frame.payload.sender);
        return tell({ kind: "message", message: messageOf(frame.payload) });
      case "read": {
        const { roomId: conversationId, userId, sequenceId: sequence } = frame.payload;
        return tell({ kind: "read", conversationId, userId, sequence });
      }
      case "typing": {
        const { roomId: conversationId, userId, isTyping: active } = frame.payload;
        return tell({ kind: "typing", conversationId, userId, active });
      }
      case "presenceUpdate":
        return tell({ kind: "presence", userId: frame.payload.userId, online: frame.payload.status === "online" });
      case "roomLeft":
        return tell({ kind: "gone", conversationId: frame.payload.roomId });
    }
  }
  mend();

  return {
    replies: false,
    cut,
    mend,
    close,
    async conversations() {
      return (await rest.ask("get", "/api/v1/chat/rooms", {})).rooms.map(conversationOf);
    },
    async history(roomId, before) {
      const query = { limit: 50, ...(before && { beforeSequenceId: before.sequence }) };
      const path = "/api/v1/chat/rooms/{roomId}/messages";
      const { messages, hasMore } = await rest.ask("get", path, { path: { roomId }, query });
      messages.forEach((each) => know(each.sender));
      return { messages: messages.map(messageOf), more: hasMore };
    },
    async enter(roomId) {
      const payload = { roomId };
      await ask({ type: "joinRoom", payload }, (frame) => frame.type === "roomJoined" && frame.payload.room.id === roomId);
    },
    async send({ conversationId: roomId, clientMessageId, content }) {
      const payload = { roomId, clientMessageId, content };
      const answer = await ask(
        { type: "sendMessage", payload },
        (frame) => frame.type === "message" && frame.payload.clientMessageId === clientMessageId,
      );
      return answer.type === "message" ? messageOf(answer.payload) : undefined;
    },
    async read(roomId, last) {
      send({ type: "markRead", payload: { roomId, sequenceId: last.sequence } });
      return 0;
    },
    typing(roomId, isTyping) {
      send({ type: "typing", payload: { roomId, isTyping } });
    },
    async online(roomId) {
      return (await rest.ask("get", "/api/v1/chat/rooms/{roomId}/online", { path: { roomId } })).onlineUsers;
    },
    async startDirect(targetUserId) {
      return conversationOf((await rest.ask("post", "/api/v1/chat/direct", { body: { targetUserId } })).room);
    },
  };
}

interface Awaited {
  type: wire.ClientFrame["type"];
  answers: (frame: wire.ServerFrame) => boolean;
  settle: (end: () => void) => void;
  resolve: (frame: wire.ServerFrame) => void;
  reject: (error: unknown) => void;
}

function messageOf({ roomId, sequenceId, isEdited, isDeleted, ...rest }: wire.Message): Message {
  const { id, senderId, content, clientMessageId, createdAt } = rest;
  return {
    id,
    conversationId: roomId,
    senderId,
    content,
    sequence: sequenceId,
    revision: 0,
    clientMessageId,
    edited: isEdited,
    deleted: isDeleted,
    createdAt,
  };
}
