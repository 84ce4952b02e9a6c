import { invalid } from "../errors.js";
import {
  conversationChange,
  conversationPath,
  newConversation,
  newParticipant,
  pageQuery,
  participantPath,
} from "../validation/schemas.js";

export function conversationRoutes({ conversations, presence }) {
  return [
    {
      method: "POST",
      path: "/conversations",
      body: newConversation,
      async handle({ caller, body, reply }) {
        const { conversation, created } = await conversations.create(caller.userId, body);
        reply.status = created ? 201 : 200;
        return conversation;
      },
    },
    {
      method: "GET",
      path: "/conversations",
      query: pageQuery,
      async handle({ caller, query: { cursor, limit = 50 } }) {
        const page = await conversations.list(caller.userId, readCursor(cursor), limit);
        return { conversations: page.conversations, nextCursor: writeCursor(page.last) };
      },
    },
    {
      method: "GET",
      path: "/conversations/:conversationId",
      params: conversationPath,
      handle: ({ caller, params }) => conversations.get(caller.userId, params.conversationId),
    },
    {
      method: "PATCH",
      path: "/conversations/:conversationId",
      params: conversationPath,
      body: conversationChange,
      handle: ({ caller, params, body }) => conversations.update(caller.userId, params.conversationId, body),
    },
    {
      method: "POST",
      path: "/conversations/:conversationId/participants",
      params: conversationPath,
      body: newParticipant,
      status: 201,
      handle: ({ caller, params, body }) =>
        conversations.addParticipant(caller.userId, params.conversationId, body.userId),
    },
    {
      method: "DELETE",
      path: "/conversations/:conversationId/participants/:userId",
      params: participantPath,
      status: 204,
      handle: ({ caller, params }) =>
        conversations.removeParticipant(caller.userId, params.conversationId, params.userId),
    },
    {
      method: "POST",
      path: "/conversations/:conversationId/leave",
      params: conversationPath,
      status: 204,
      handle: ({ caller, params }) => conversations.leave(caller.userId, params.conversationId),
    },
    {
      method: "GET",
      path: "/conversations/:conversationId/online",
      params: conversationPath,
      handle: async ({ caller, params }) => ({
        userIds: await presence.listOnline(caller.userId, params.conversationId),
      }),
    },
  ];
}

function readCursor(cursor) {
  if (cursor === undefined) return Infinity;
  const text = Buffer.from(cursor, "base64url").toString();
  if (!/^\d{1,15}$/.test(text)) throw invalid([{ field: "/query/cursor", problem: "is no cursor of this server" }]);
  return Number(text);
}

const writeCursor = (place) => place && Buffer.from(String(place)).toString("base64url");
