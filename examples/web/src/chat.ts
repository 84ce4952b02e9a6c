import type {
  ClientToServerEvents,
  Conversation,
  Message,
  MessageDeleted,
  MessageUpdated,
  ServerToClientEvents,
  User,
} from "@contract/gateway";
import { io, type Socket } from "socket.io-client";

import { RefusedError, Rest } from "./rest";

const PATIENCE_MS = 10_000;

/** What of a conversation is shown. */
export interface Room {
  conversation: Conversation;
  messages: Map<string, Message>;
  /** As of which revision of the conversation they are here. */
  revision: number;
}

/** A signed in user's conversations, kept as they are on the server. `changed` is called when there is news. */
export class Chat {
  readonly rooms = new Map<string, Room>();
  changed: () => void = () => {};
  user: User | undefined;
  private socket: Socket<ServerToClientEvents, ClientToServerEvents> | undefined;

  constructor(
    private readonly rest: Rest,
    private readonly server: string,
  ) {}

  /** Sign in, or up, and come back when everything is there. */
  async enter(action: "login" | "register", credentials: { username: string; password: string }): Promise<void> {
    const session = await this.rest.request("post", `/auth/${action}`, { body: credentials });
    this.rest.token = session.accessToken;
    this.user = session.user;
    const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(this.server, {
      auth: { token: session.accessToken },
      // What `socket.timeout(…)` returns would do the same, and forget the types of acknowledgements.
      ackTimeout: PATIENCE_MS,
    });
    this.socket = socket;
    await new Promise<void>((resolve, reject) => {
      // It comes with every connection, and so what was missed is fetched after each.
      socket.on("connected", () => void this.catchUp().then(resolve, reject));
      socket.once("error", ({ code, message }) => reject(new RefusedError(code, message)));
      socket.on("message:new", (message) => this.put(message));
      socket.on("message:updated", (change) => this.change(change.conversationId, change, change.content));
      socket.on("message:deleted", (change) => this.change(change.conversationId, change, ""));
      socket.on("conversation:new", (conversation) => void this.open(conversation));
      socket.on("conversation:joined", (conversation) => void this.open(conversation));
      socket.on("conversation:removed", ({ conversationId }) => this.rooms.delete(conversationId) && this.changed());
    });
  }

  async begin(participantIds: string[]): Promise<Conversation> {
    return this.rest.request("post", "/conversations", { body: { type: "group", participantIds } });
  }

  /** Send a message. Sent again with the same identifier, as after a failure, it would still be one message. */
  async say(conversationId: string, content: string): Promise<Message> {
    const draft = { conversationId, content, clientMessageId: crypto.randomUUID() };
    const answer = await this.connected.emitWithAck("message:send", draft);
    if (!answer.success) throw new RefusedError(answer.error.code, answer.error.message);
    return answer.message;
  }

  leave(): void {
    this.socket?.disconnect();
  }

  private get connected() {
    if (this.socket === undefined) throw new Error("nobody is signed in");
    return this.socket;
  }

  private async catchUp(): Promise<void> {
    const { conversations } = await this.rest.request("get", "/conversations", { query: { limit: 100 } });
    await Promise.all(conversations.map((conversation) => this.open(conversation)));
  }

  private async open(conversation: Conversation): Promise<void> {
    const room = this.rooms.get(conversation.id) ?? { conversation, messages: new Map(), revision: 0 };
    this.rooms.set(conversation.id, room);
    for (let hasMore = true; hasMore; ) {
      const last = [...room.messages.keys()].at(-1);
      const answer = await this.connected.emitWithAck("messages:sync", {
        conversationId: conversation.id,
        ...(last !== undefined && { lastMessageId: last, revision: room.revision }),
      });
      if (!answer.success) throw new RefusedError(answer.error.code, answer.error.message);
      for (const message of [...answer.messages, ...answer.changed]) room.messages.set(message.id, message);
      room.revision = answer.revision;
      hasMore = answer.hasMore;
    }
    this.changed();
  }

  private put(message: Message): void {
    this.rooms.get(message.conversationId)?.messages.set(message.id, message);
    this.changed();
  }

  private change(conversationId: string, { messageId, revision }: MessageUpdated | MessageDeleted, content: string): void {
    const messages = this.rooms.get(conversationId)?.messages;
    const message = messages?.get(messageId);
    if (message !== undefined) messages?.set(messageId, { ...message, content, revision });
    this.changed();
  }
}
