// What the types have to refuse. tsc complains about an @ts-expect-error below which nothing is wrong.

import { io, type Socket } from "socket.io-client";
import type * as aether from "./aether.js";
import type * as envelope from "./envelope.js";
import type * as gateway from "./gateway.js";
import type * as messenger from "./messenger.js";
import type * as social from "./social.js";

const socket: Socket<gateway.ServerToClientEvents, gateway.ClientToServerEvents> = io();

// Events.

// @ts-expect-error There is no such event.
socket.emit("message:sned", { conversationId: "1", content: "x" }, () => {});
// @ts-expect-error It is what the server sends.
socket.emit("message:new", { conversationId: "1", content: "x" });
// @ts-expect-error There is no such event.
socket.on("message:send", () => {});
// @ts-expect-error The content is missing.
await socket.emitWithAck("message:send", { conversationId: "1" });
// @ts-expect-error The content is no text.
await socket.emitWithAck("message:send", { conversationId: "1", content: 1 });
// @ts-expect-error There is no such field.
await socket.emitWithAck("message:send", { conversationId: "1", content: "x", senderId: "2" });
// @ts-expect-error What may be absent is not undefined, and not null either.
await socket.emitWithAck("message:send", { conversationId: "1", content: "x", replyTo: null });
const answer = await socket.emitWithAck("message:send", { conversationId: "1", content: "x" });
// @ts-expect-error Nobody has looked whether it was refused.
answer.message.id;
if (answer.success) {
  // @ts-expect-error A success has no error.
  answer.error.code;
} else {
  // @ts-expect-error There is no such code.
  answer.error.code === "NOT_ALLOWED";
}
socket.on("message:new", (message) => {
  // @ts-expect-error There is no such field.
  message.text;
});

// An event without acknowledgement.

const bare: Socket<aether.ServerToClientEvents, aether.ClientToServerEvents> = io();
bare.emit("join_room", { roomId: "1" });
// @ts-expect-error It is not acknowledged.
bare.emit("join_room", { roomId: "1" }, () => {});

// Frames.

export const right: envelope.ClientFrame = { type: "typing", payload: { roomId: "1", isTyping: true } };
// @ts-expect-error The payload is that of another frame.
export const mixed: envelope.ClientFrame = { type: "joinRoom", payload: { roomId: "1", isTyping: true } };
// @ts-expect-error There is no such frame.
export const unknown: envelope.ClientFrame = { type: "shout", payload: { roomId: "1" } };

// REST.

type Body<E extends { body?: unknown }> = E["body"];
export const made: Body<messenger.Paths["/conversations"]["post"]> = { type: "direct", memberIds: ["2"] };
// @ts-expect-error It is none of the values.
export const kind: Body<messenger.Paths["/conversations"]["post"]> = { type: "secret", memberIds: ["2"] };
// @ts-expect-error There is no such path.
export type Nowhere = messenger.Paths["/conversation"];
// @ts-expect-error There is no such method.
export type Nothing = messenger.Paths["/conversations"]["delete"];
// @ts-expect-error There is no such answer.
export type Never = messenger.Paths["/conversations"]["post"]["responses"][418];

// Errors: a switch that forgets a code is told.

export function retry(code: social.AnyErrorCode): boolean {
  switch (code) {
    case "RATE_LIMITED":
    case "INTERNAL_ERROR":
    case "CONNECTION_ERROR":
    case "SERVICE_UNAVAILABLE":
      return true;
    case "UNAUTHORIZED":
    case "FORBIDDEN":
    case "NOT_FOUND":
    case "VALIDATION_ERROR":
      return false;
    default:
      // @ts-expect-error PAYLOAD_TOO_LARGE is left.
      return code satisfies never;
  }
}
