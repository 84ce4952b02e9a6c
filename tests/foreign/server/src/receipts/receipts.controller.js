import { conversationPath, newReadMark } from "../validation/schemas.js";

export function receiptRoutes({ receipts }) {
  return [
    {
      method: "POST",
      path: "/conversations/:conversationId/read",
      params: conversationPath,
      body: newReadMark,
      handle: async ({ caller, params: { conversationId }, body }) => ({
        conversationId,
        ...(await receipts.mark(caller.userId, conversationId, body.messageId)),
      }),
    },
    {
      method: "GET",
      path: "/conversations/:conversationId/unread",
      params: conversationPath,
      handle: async ({ caller, params: { conversationId } }) => ({
        conversationId,
        ...(await receipts.unread(caller.userId, conversationId)),
      }),
    },
  ];
}
