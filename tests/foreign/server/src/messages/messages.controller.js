import { invalid } from "../errors.js";
import { conversationPath, historyQuery, messageChange, messagePath, newMessage } from "../validation/schemas.js";

export function messageRoutes({ messages }) {
  return [
    {
      method: "GET",
      path: "/conversations/:conversationId/messages",
      params: conversationPath,
      query: historyQuery,
      handle({ caller, params, query }) {
        if (query.before !== undefined && query.after !== undefined) {
          throw invalid([{ field: "/query/after", problem: "is not for use together with before" }]);
        }
        return messages.history(caller.userId, params.conversationId, query);
      },
    },
    {
      method: "POST",
      path: "/conversations/:conversationId/messages",
      params: conversationPath,
      body: newMessage,
      status: 201,
      limits: ["requests", "messages"],
      handle: ({ caller, params, body }) => messages.send(caller.userId, params.conversationId, body),
    },
    {
      method: "PATCH",
      path: "/messages/:messageId",
      params: messagePath,
      body: messageChange,
      handle: ({ caller, params, body }) => messages.edit(caller.userId, params.messageId, body.content),
    },
    {
      method: "DELETE",
      path: "/messages/:messageId",
      params: messagePath,
      status: 204,
      handle: ({ caller, params }) => messages.delete(caller.userId, params.messageId),
    },
  ];
}
