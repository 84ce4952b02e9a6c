// What clients may send. Every object is closed: what is not listed is refused.

const WITHOUT_NUL = "^[^\\u0000]*$";

const object = (properties, required = []) => ({
  type: "object",
  additionalProperties: false,
  properties,
  required,
});
const text = (minLength, maxLength, pattern = WITHOUT_NUL) => ({ type: "string", minLength, maxLength, pattern });
const whole = (minimum, maximum) => ({ type: "integer", minimum, maximum });

const id = { type: "string", pattern: "^[0-9a-f]{24}$" };
const userId = text(1, 255);
const content = text(1, 5000);
const name = text(1, 100);
const metadata = { type: "object", maxProperties: 32, maxDepth: 100 };
const attachments = {
  type: "array",
  maxItems: 10,
  items: object({ externalFileId: text(1, 2048), label: text(0, 255) }, ["externalFileId"]),
};
const draft = { content, attachments, replyTo: id, metadata, clientMessageId: text(1, 64) };

// Events.
export const sendMessage = object({ conversationId: id, ...draft }, ["conversationId", "content"]);
export const editMessage = object({ messageId: id, content }, ["messageId", "content"]);
export const deleteMessage = object({ messageId: id }, ["messageId"]);
export const markRead = object({ conversationId: id, messageId: id }, ["conversationId", "messageId"]);
export const syncMessages = object(
  { conversationId: id, lastMessageId: id, revision: whole(0, Number.MAX_SAFE_INTEGER), limit: whole(1, 200) },
  ["conversationId"],
);
export const roomRequest = object({ conversationId: id }, ["conversationId"]);
export const ping = object({});

// Bodies of requests.
export const registration = object(
  {
    username: text(3, 32, "^[A-Za-z0-9_.-]+$"),
    password: text(8, 128, ""),
    displayName: name,
  },
  ["username", "password"],
);
export const credentials = object(
  { username: text(1, 32), password: text(1, 128, "") },
  ["username", "password"],
);
export const refreshRequest = object({ refreshToken: text(1, 128, "") }, ["refreshToken"]);
export const newConversation = object(
  {
    type: { type: "string", enum: ["direct", "group"] },
    name,
    participantIds: { type: "array", maxItems: 999, uniqueItems: true, items: userId },
    metadata,
  },
  ["type", "participantIds"],
);
export const conversationChange = { ...object({ name, metadata }), minProperties: 1 };
export const newParticipant = object({ userId }, ["userId"]);
export const newMessage = object(draft, ["content"]);
export const messageChange = object({ content }, ["content"]);
export const newReadMark = object({ messageId: id }, ["messageId"]);

// Parameters of requests.
export const userPath = object({ userId });
export const conversationPath = object({ conversationId: id });
export const participantPath = object({ conversationId: id, userId });
export const messagePath = object({ messageId: id });
export const nothing = object({});
const limit = whole(1, 100);
export const pageQuery = object({ cursor: text(1, 255), limit });
export const historyQuery = object({ before: id, after: id, limit });
