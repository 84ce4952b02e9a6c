/** One conversation as it stands in the page: what was said, read, typed, and what waits to be sent. */

import type { Conversation, Draft, Message } from "./chat.js";

/** A draft that is on its way; `failed` holds what the server said against it. */
export interface Pending extends Draft {
  failed?: string;
}

/** A change of a message. */
interface Change {
  revision: number;
  how: (message: Message) => Message;
}

/** How far a talk had come. */
export interface Position {
  last: Message | undefined;
  revision: number;
}

export class Talk {
  conversation: Conversation;
  /** In the order of their sequence. */
  messages: Message[] = [];
  /** Whether the newest messages are there. */
  loaded = false;
  /** Whether there are older ones on the server. */
  more = false;
  pending: Pending[];
  /** By user, the sequence up to which they have read. */
  readonly reads = new Map<string, number>();
  readonly typing = new Set<string>();
  /** How many messages and changes the last reconnect brought. */
  caughtUp = 0;
  /** What was typed and not sent. */
  text: string;
  /** The newest change of the conversation that was heard of. */
  private revision = 0;
  private left: Position | undefined;
  /** Changes of messages that are not there: one that is asked for may come from before its change. */
  private readonly ahead = new Map<string, Change>();

  /** What was written and not sent in the same conversation `before` is taken over. */
  constructor(conversation: Conversation, before?: Talk) {
    this.conversation = conversation;
    this.text = before?.text ?? "";
    this.pending = before?.pending ?? [];
  }

  get last(): Message | undefined {
    return this.messages.at(-1) ?? this.conversation.last;
  }

  find(id: string): Message | undefined {
    return this.messages.find((each) => each.id === id);
  }

  /** From where on something may be missing: where the connection ended, whatever was heard since it is back. */
  get position(): Position {
    return this.left ?? { last: this.messages.at(-1), revision: this.revision };
  }

  /** The connection is gone. */
  leave(): void {
    this.typing.clear();
    if (this.loaded) this.left ??= this.position;
  }

  /** Everything that was missed is there. */
  caught(changes: number): void {
    this.left = undefined;
    this.caughtUp = changes;
  }

  /** Take a message, or what has become of one. What has waited for it is sent. Tells whether it was not there before. */
  put(given: Message): boolean {
    const change = this.ahead.get(given.id);
    const message = change && change.revision > given.revision ? change.how(given) : given;
    this.pending = this.pending.filter((each) => each.clientMessageId !== message.clientMessageId);
    this.revision = Math.max(this.revision, message.revision);
    const at = this.messages.findIndex((each) => each.id === message.id);
    const known = at >= 0;
    // An answer that was on its way may be older than what was heard meanwhile.
    if (known && message.revision < this.messages[at]!.revision) return false;
    if (known) this.messages[at] = message;
    else this.messages.push(message);
    this.messages.sort((one, other) => one.sequence - other.sequence);
    const last = this.conversation.last;
    if (!last || message.sequence >= last.sequence) {
      this.conversation.last = message;
      if (!known) this.conversation.updatedAt = message.createdAt;
    }
    return !known;
  }

  edited(id: string, content: string, revision: number): void {
    this.change(id, revision, (message) => ({ ...message, content, edited: true, revision }));
  }

  deleted(id: string, revision: number): void {
    this.change(id, revision, (message) => ({ ...message, content: "", deleted: true, revision }));
  }

  types(userId: string, active: boolean): void {
    if (active) this.typing.add(userId);
    else this.typing.delete(userId);
  }

  read(userId: string, sequence: number): void {
    this.reads.set(userId, Math.max(sequence, this.reads.get(userId) ?? 0));
  }

  /** Who has read up to a message and not beyond, other than its sender. */
  readersUpTo(message: Message, next: Message | undefined): string[] {
    const found = [...this.reads].filter(([, sequence]) => sequence >= message.sequence);
    return found
      .filter(([userId, sequence]) => userId !== message.senderId && !(next && sequence >= next.sequence))
      .map(([userId]) => userId);
  }

  private change(id: string, revision: number, how: (message: Message) => Message): void {
    this.revision = Math.max(this.revision, revision);
    if (!this.find(id)) this.ahead.set(id, { revision, how });
    this.messages = this.messages.map((each) => (each.id === id ? how(each) : each));
    const last = this.conversation.last;
    if (last?.id === id) this.conversation.last = how(last);
  }
}
