/** What the page knows of a chat, in the words of none of the dialects. Each dialect translates. */

import type { FrameLog } from "./frames.js";

export interface Message {
  id: string;
  conversationId: string;
  senderId: string;
  content: string;
  /** Places the message among those of its conversation. */
  sequence: number;
  /** Rises with every change of the conversation; 0 where the dialect has no word for it. */
  revision: number;
  replyTo?: string | undefined;
  clientMessageId?: string | undefined;
  edited: boolean;
  deleted: boolean;
  createdAt: string;
}

export interface Conversation {
  id: string;
  kind: "direct" | "group";
  name?: string | undefined;
  memberIds: string[];
  unread: number;
  last?: Message | undefined;
  updatedAt: string;
}

/** What is to be sent. The same `clientMessageId` sent again gives the same message, and not a second one. */
export interface Draft {
  conversationId: string;
  clientMessageId: string;
  content: string;
  replyTo?: string | undefined;
}

export interface Page {
  messages: Message[];
  more: boolean;
}

/** What was missed since a message: those after it, and earlier ones as they are now. */
export interface Missed {
  messages: Message[];
  changed: Message[];
}

export type Link = "connecting" | "open" | "lost" | "cut";

export type Happening =
  | { kind: "link"; link: Link }
  | { kind: "message"; message: Message }
  | { kind: "edited"; conversationId: string; id: string; content: string; revision: number }
  | { kind: "deleted"; conversationId: string; id: string; revision: number }
  | { kind: "read"; conversationId: string; userId: string; sequence: number }
  | { kind: "typing"; conversationId: string; userId: string; active: boolean }
  | { kind: "presence"; userId: string; online: boolean }
  | { kind: "conversation"; conversation: Conversation }
  | { kind: "members"; conversationId: string }
  | { kind: "gone"; conversationId: string }
  | { kind: "named"; userId: string; name: string }
  | { kind: "refused"; code: string; message: string };

/** A connection to one dialect. What a dialect has no word for is not there, and the page does not offer it. */
export interface Chat {
  conversations(): Promise<Conversation[]>;
  history(conversationId: string, before?: Message): Promise<Page>;
  /** Undefined where the answer does not hold the message: then it comes as everybody hears it. */
  send(draft: Draft): Promise<Message | undefined>;
  /** The number of messages that are still unread. */
  read(conversationId: string, last: Message): Promise<number>;
  /** To hear a conversation, where a connection does not hear all of its user's by itself. */
  enter?(conversationId: string): Promise<void>;
  online?(conversationId: string): Promise<string[]>;
  edit?(id: string, content: string): Promise<void>;
  remove?(id: string): Promise<void>;
  typing?(conversationId: string, active: boolean): void;
  missed?(conversationId: string, last: Message | undefined, revision: number): Promise<Missed>;
  name?(userId: string): Promise<string>;
  startDirect?(userId: string): Promise<Conversation>;
  startGroup?(name: string | undefined, userIds: string[]): Promise<Conversation>;
  /** Whether a message can name the one that it answers. */
  readonly replies: boolean;
  /** End the connection as a network does that is gone, until `mend`. */
  cut(): void;
  mend(): void;
  close(): void;
}

/** What a dialect needs to connect. */
export interface Opening {
  /** Where it is served, ending with a slash. */
  base: URL;
  /** A token that is good now. */
  token: () => Promise<string>;
  log: FrameLog;
  tell: (happening: Happening) => void;
}

export interface Dialect {
  /** What speaks here, in a few words. */
  wire: string;
  /** Whether one can sign up and in here; whose tokens come from there are good in the others, too. */
  accounts?: true;
  open(opening: Opening): Chat;
}

/** The server said no, in its own words. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
