import { payloadTooLarge, reasonOf } from "../errors.js";
import { validate } from "../validation/validator.js";
import {
  deleteMessage,
  editMessage,
  markRead,
  ping,
  roomRequest,
  sendMessage,
  syncMessages,
} from "../validation/schemas.js";
import { EventQueue } from "./event-queue.js";

const MAX_TIMER_MS = 2 ** 31 - 1;

/** The Socket.IO side: who connects, what they ask for, and how they are answered. */
export class ChatGateway {
  constructor({ auth, conversations, messages, receipts, presence, typing, limits, rooms, maxPayloadBytes }) {
    Object.assign(this, { auth, conversations, messages, receipts, presence, typing, limits, rooms, maxPayloadBytes });
    this.events = new Map([
      ["message:send", { schema: sendMessage, handle: this.onSend, limits: ["requests", "messages"] }],
      ["message:edit", { schema: editMessage, handle: this.onEdit }],
      ["message:delete", { schema: deleteMessage, handle: this.onDelete }],
      ["message:read", { schema: markRead, handle: this.onRead }],
      ["messages:sync", { schema: syncMessages, handle: this.onSync }],
      ["room:join", { schema: roomRequest, handle: this.onJoin }],
      ["room:leave", { schema: roomRequest, handle: this.onLeave }],
      ["typing:start", { schema: roomRequest, handle: this.onTypingStart }],
      ["typing:stop", { schema: roomRequest, handle: this.onTypingStop }],
      ["ping", { schema: ping, handle: this.onPing, whenAbsent: {} }],
    ]);
  }

  afterInit(server) {
    this.rooms.setServer(server);
    // Refused connections are told so by an event, for which they have to be accepted first.
    server.use(async (socket, next) => {
      try {
        socket.data.user = await this.auth.authenticate(this.extractToken(socket.handshake));
      } catch (error) {
        socket.data.refusal = error;
      }
      next();
    });
    server.on("connection", (socket) => this.handleConnection(socket));
  }

  extractToken({ auth, query, headers }) {
    return auth?.token ?? query.token ?? /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  }

  handleConnection(socket) {
    if (socket.data.refusal) {
      this.refuseConnection(socket, socket.data.refusal);
      return;
    }
    const queue = new EventQueue();
    socket.data.typing = new Set();
    queue.add(() => this.welcome(socket));
    socket.onAny((event, ...args) => queue.add(() => this.handleEvent(socket, event, args)));
    socket.once("disconnect", () => queue.add(() => this.handleDisconnect(socket)));
  }

  async welcome(socket) {
    const { user } = socket.data;
    let first;
    try {
      first = await this.presence.arrive(user.userId, socket.id);
    } catch (error) {
      this.refuseConnection(socket, error);
      return;
    }
    const ids = await this.conversations.repository.idsOf(user.userId);
    this.rooms.admit(socket, user, ids);
    socket.emit("connected", {
      userId: user.userId,
      socketId: socket.id,
      rooms: ids.length,
      timestamp: new Date().toISOString(),
    });
    this.expire(socket);
    await this.catchUp(socket, ids);
    if (first) await this.presence.tell(user.userId, "user:online");
  }

  /** Make good for what changed while the connection entered its rooms: from then on it is told. */
  async catchUp(socket, entered) {
    const { userId, sessionId } = socket.data.user;
    for (let known = new Set(entered); ; ) {
      const now = new Set(await this.conversations.repository.idsOf(userId));
      const gone = [...known].filter((id) => !now.has(id));
      const come = [...now].filter((id) => !known.has(id));
      for (const id of gone) this.rooms.mute(socket, id);
      for (const id of come) this.rooms.join(socket, id);
      if (come.length === 0) break;
      known = now;
    }
    if (!(await this.auth.lives(sessionId))) socket.disconnect(true);
  }

  /** End a connection with its token. */
  expire(socket) {
    const { expiresAt } = socket.data.user;
    if (expiresAt === undefined) return;
    const timer = setTimeout(() => socket.disconnect(true), Math.min(MAX_TIMER_MS, expiresAt - Date.now()));
    socket.once("disconnect", () => clearTimeout(timer));
  }

  async handleDisconnect(socket) {
    const { user, typing } = socket.data;
    for (const conversationId of typing) await this.typing.stop(user.userId, conversationId);
    await this.presence.depart(user.userId, socket.id);
  }

  async handleEvent(socket, event, args) {
    const known = this.events.get(event);
    if (!known || !socket.connected) return;
    const acknowledge = typeof args.at(-1) === "function" ? args.pop() : () => {};
    const payload = args.length === 0 ? known.whenAbsent : args[0];
    try {
      await this.limits.count(socket.data.user.userId, known.limits);
      this.requireSize(payload);
      validate(known.schema, payload);
      acknowledge(await known.handle.call(this, socket, payload));
    } catch (error) {
      const reason = reasonOf(error);
      socket.emit("error", this.errorEvent(reason, event));
      acknowledge({ success: false, error: reason });
    }
  }

  requireSize(payload) {
    if (sizeOf(payload) > this.maxPayloadBytes) throw payloadTooLarge();
  }

  refuseConnection(socket, error) {
    socket.emit("error", this.errorEvent(reasonOf(error)));
    socket.disconnect(true);
  }

  errorEvent({ code, message, details }, originalEvent) {
    return { code, message, timestamp: new Date().toISOString(), originalEvent, details };
  }

  async onSend({ data: { user } }, { conversationId, ...draft }) {
    return { success: true, message: await this.messages.send(user.userId, conversationId, draft) };
  }

  async onEdit({ data: { user } }, { messageId, content }) {
    return { success: true, message: await this.messages.edit(user.userId, messageId, content) };
  }

  async onDelete({ data: { user } }, { messageId }) {
    await this.messages.delete(user.userId, messageId);
    return { success: true };
  }

  async onRead({ data: { user } }, { conversationId, messageId }) {
    return { success: true, ...(await this.receipts.mark(user.userId, conversationId, messageId)) };
  }

  async onSync({ data: { user } }, { conversationId, ...place }) {
    return { success: true, ...(await this.messages.sync(user.userId, conversationId, place)) };
  }

  async onJoin(socket, { conversationId }) {
    // Nobody can be removed in between, and so no removal be overtaken.
    await this.conversations.within(socket.data.user.userId, conversationId, () =>
      this.rooms.join(socket, conversationId),
    );
    return { success: true, room: conversationId };
  }

  async onLeave(socket, { conversationId }) {
    await this.conversations.within(socket.data.user.userId, conversationId, () =>
      this.rooms.mute(socket, conversationId),
    );
    return { success: true };
  }

  async onTypingStart({ data: { user, typing } }, { conversationId }) {
    await this.conversations.within(user.userId, conversationId, () => this.typing.start(user.userId, conversationId));
    typing.add(conversationId);
    return { success: true };
  }

  async onTypingStop({ data: { user, typing } }, { conversationId }) {
    await this.conversations.within(user.userId, conversationId, () => this.typing.stop(user.userId, conversationId));
    typing.delete(conversationId);
    return { success: true };
  }

  onPing() {
    return { event: "pong", timestamp: Date.now() };
  }
}

/** The bytes of a payload; what is nested deeper than can be written has no end. */
function sizeOf(payload) {
  try {
    return Buffer.byteLength(JSON.stringify(payload) ?? "");
  } catch {
    return Infinity;
  }
}
