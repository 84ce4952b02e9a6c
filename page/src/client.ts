/** What the user does, and what becomes of it: the one place where the page's state changes. */

import type { Chat, Conversation, Dialect, Happening, Link, Message } from "./chat.js";
import { Refusal } from "./chat.js";
import { FrameLog } from "./frames.js";
import { People } from "./people.js";
import type { Session } from "./session.js";
import { type Pending, Talk } from "./talk.js";

/** Rooms that are entered at once, where a connection hears only those. */
const ENTERED = 50;
const TYPING_EVERY = 2500;
const TYPING_PAUSE = 4000;

export interface Spoken {
  name: string;
  base: URL;
  dialect: Dialect;
}

export class Client {
  chat: Chat | undefined;
  link: Link = "cut";
  talks = new Map<string, Talk>();
  /** The conversation that is looked at. */
  open: Talk | undefined;
  /** Whether the conversations are there. */
  listed = false;
  notice: string | undefined;
  dialect: Spoken;
  private typedAt = 0;
  private typingEnds: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly dialects: readonly Spoken[],
    readonly session: Session,
    readonly people: People,
    readonly log: FrameLog,
    private readonly changed: () => void,
  ) {
    this.dialect = dialects[0]!;
    document.addEventListener("visibilitychange", () => this.look());
  }

  get me(): { id: string; name: string } {
    return this.session.user ?? { id: "", name: "" };
  }

  /** The conversations, those where something happened last first. */
  get sorted(): Talk[] {
    return [...this.talks.values()].sort((one, other) =>
      other.conversation.updatedAt.localeCompare(one.conversation.updatedAt),
    );
  }

  async signUp(username: string, password: string, displayName: string): Promise<void> {
    await this.session.signUp(username, password, displayName);
    this.begin();
  }

  async signIn(username: string, password: string): Promise<void> {
    await this.session.signIn(username, password);
    this.begin();
  }

  async signOut(): Promise<void> {
    this.end();
    await this.session.signOut();
    this.changed();
  }

  /** Connect as whoever is signed in. */
  begin(): void {
    this.people.meet(this.me.id, this.me.name);
    this.connect();
  }

  speak(name: string): void {
    const spoken = this.dialects.find((each) => each.name === name);
    if (!spoken || spoken === this.dialect) return;
    this.dialect = spoken;
    const open = this.open?.conversation.id;
    this.end();
    this.connect(open);
  }

  cut(): void {
    this.chat?.cut();
  }

  mend(): void {
    this.chat?.mend();
  }

  dismiss(): void {
    this.notice = undefined;
    this.changed();
  }

  async select(id: string | undefined): Promise<void> {
    this.open = id === undefined ? undefined : this.talks.get(id);
    this.changed();
    const talk = this.open;
    if (!talk) return;
    await this.attempt(async () => {
      if (!talk.loaded) await this.load(talk);
      this.look();
    });
  }

  async older(): Promise<void> {
    const talk = this.open;
    await this.attempt(async () => {
      const page = talk && (await this.chat?.history(talk.conversation.id, talk.messages[0]));
      if (!talk || !page) return;
      page.messages.forEach((each) => talk.put(each));
      talk.more = page.more;
    });
  }

  /** Send, or keep until there is a connection. */
  async send(content: string, replyTo?: Message): Promise<void> {
    const talk = this.open;
    if (!talk) return;
    const clientMessageId = randomId();
    talk.pending.push({ conversationId: talk.conversation.id, clientMessageId, content, replyTo: replyTo?.id });
    talk.caughtUp = 0;
    this.stopTyping();
    this.changed();
    await this.flush(talk);
  }

  async edit(message: Message, content: string): Promise<void> {
    await this.attempt(async () => this.chat?.edit?.(message.id, content));
  }

  async remove(message: Message): Promise<void> {
    await this.attempt(async () => this.chat?.remove?.(message.id));
  }

  /** Send once more what was refused or not answered. */
  async resend(pending: Pending): Promise<void> {
    delete pending.failed;
    this.changed();
    if (this.open) await this.flush(this.open);
  }

  /** Give up a message that was refused. */
  discard(pending: Pending): void {
    if (!this.open) return;
    this.open.pending = this.open.pending.filter((each) => each !== pending);
    this.changed();
  }

  /** Begin a conversation with some users: with one it is direct, with several, or with a name, a group. */
  async start(userIds: string[], name: string): Promise<string> {
    const [only = ""] = userIds;
    const chat = this.chat;
    if (!chat || this.link !== "open") throw new Refusal("CONNECTION_ERROR", "There is no connection.");
    const made = userIds.length === 1 && !name ? chat.startDirect?.(only) : chat.startGroup?.(name || undefined, userIds);
    if (!made) throw new Refusal("FORBIDDEN", `There are no groups in ${this.dialect.name}.`);
    const conversation = await made;
    this.know(conversation);
    await chat.enter?.(conversation.id);
    return conversation.id;
  }

  /** Note what stands in the field, and tell the others that something is being written there. */
  typed(text: string): void {
    if (!this.open) return;
    this.open.text = text;
    this.changed();
    clearTimeout(this.typingEnds);
    if (!text) return this.stopTyping();
    this.typingEnds = setTimeout(() => this.stopTyping(), TYPING_PAUSE);
    if (this.link === "open" && Date.now() - this.typedAt > TYPING_EVERY) {
      this.typedAt = Date.now();
      this.chat?.typing?.(this.open.conversation.id, true);
    }
  }

  private stopTyping(): void {
    clearTimeout(this.typingEnds);
    if (this.open && this.typedAt && this.link === "open") this.chat?.typing?.(this.open.conversation.id, false);
    this.typedAt = 0;
  }

  private connect(open?: string): void {
    const { base, dialect, name } = this.dialect;
    this.log.add("note", `speaking ${name}`, base.href);
    this.listed = false;
    let mine: Chat | undefined;
    mine = this.chat = dialect.open({
      base,
      log: this.log,
      token: () => this.token(),
      // What an earlier connection still says is nobody's business any more.
      tell: (happening) => (mine === undefined || this.chat === mine) && this.take(happening, open),
    });
    this.changed();
  }

  private async token(): Promise<string> {
    try {
      return await this.session.token();
    } catch (error) {
      if (error instanceof Refusal && error.code === "UNAUTHORIZED") {
        this.end();
        this.session.forget();
        this.notice = "Your session is over: sign in again.";
        this.changed();
      }
      throw error;
    }
  }

  private end(): void {
    this.chat?.close();
    this.chat = undefined;
    this.link = "cut";
    this.talks = new Map();
    this.open = undefined;
  }

  private take(happening: Happening, open?: string): void {
    const talk = "conversationId" in happening ? this.talks.get(happening.conversationId) : undefined;
    switch (happening.kind) {
      case "link":
        this.link = happening.link;
        if (happening.link === "open") void this.attempt(() => this.arrive(open));
        break;
      case "message":
        void this.heard(happening.message);
        break;
      case "edited":
        talk?.edited(happening.id, happening.content, happening.revision);
        break;
      case "deleted":
        talk?.deleted(happening.id, happening.revision);
        break;
      case "read":
        talk?.read(happening.userId, happening.sequence);
        // Another tab or device of the same user.
        if (talk && happening.userId === this.me.id && happening.sequence >= (talk.last?.sequence ?? 0)) {
          talk.conversation.unread = 0;
        }
        break;
      case "typing":
        if (happening.userId === this.me.id) break;
        if (happening.active) talk?.typing.add(happening.userId);
        else talk?.typing.delete(happening.userId);
        break;
      case "presence":
        this.people.setOnline(happening.userId, happening.online);
        break;
      case "conversation":
        this.know(happening.conversation);
        break;
      case "members":
        void this.attempt(() => this.list());
        break;
      case "gone":
        this.talks.delete(happening.conversationId);
        if (this.open === talk) this.open = undefined;
        break;
      case "named":
        if (!this.people.knows(happening.userId)) this.people.meet(happening.userId, happening.name);
        break;
      case "refused":
        this.notice = happening.message;
        break;
    }
    this.changed();
  }

  /** A connection is open: see what there is, and catch up with what was missed. */
  private async arrive(open?: string): Promise<void> {
    await this.list();
    this.listed = true;
    this.changed();
    if (this.chat?.enter) {
      for (const { conversation } of this.sorted.slice(0, ENTERED)) await this.chat.enter(conversation.id);
    }
    if (open && !this.open && this.talks.has(open)) await this.select(open);
    for (const talk of this.talks.values()) {
      if (talk.loaded) await this.catchUp(talk);
      await this.flush(talk);
    }
    this.look();
  }

  private async list(): Promise<void> {
    const found = (await this.chat?.conversations()) ?? [];
    const ids = new Set(found.map((each) => each.id));
    for (const id of this.talks.keys()) {
      if (!ids.has(id)) this.talks.delete(id);
    }
    found.forEach((each) => this.know(each));
    this.changed();
    await Promise.all(
      found.map(async ({ id, memberIds }) => {
        const here = await this.chat?.online?.(id);
        if (here) this.people.setAllOnline(memberIds, here);
      }),
    );
    this.changed();
  }

  private know(conversation: Conversation): void {
    const talk = this.talks.get(conversation.id);
    // What was heard of it by events may be newer than what was asked for.
    const newer = talk?.last && (!conversation.last || talk.last.sequence > conversation.last.sequence);
    if (talk) talk.conversation = newer ? { ...conversation, last: talk.last } : conversation;
    else this.talks.set(conversation.id, new Talk(conversation));
    for (const id of conversation.memberIds) void this.learn(id);
    this.changed();
  }

  private async learn(id: string): Promise<void> {
    if (this.people.knows(id) || !this.chat?.name) return;
    try {
      this.people.meet(id, await this.chat.name(id));
      this.changed();
    } catch {
      // It stays without a name.
    }
  }

  private async load(talk: Talk): Promise<void> {
    const page = await this.chat?.history(talk.conversation.id);
    if (!page) return;
    page.messages.forEach((each) => talk.put(each));
    talk.more = page.more;
    talk.loaded = true;
    this.changed();
  }

  private async catchUp(talk: Talk): Promise<void> {
    const { id } = talk.conversation;
    const newest = talk.messages.at(-1);
    const missed = this.chat?.missed
      ? await this.chat.missed(id, newest, talk.revision)
      : { messages: (await this.chat?.history(id))?.messages ?? [], changed: [] };
    const news = missed.messages.filter((each) => talk.put(each) && each.senderId !== this.me.id);
    missed.changed.forEach((each) => talk.put(each));
    talk.caughtUp = news.length + missed.changed.length;
    talk.typing.clear();
    this.changed();
  }

  private async heard(message: Message): Promise<void> {
    const talk = this.talks.get(message.conversationId);
    if (!talk) return this.attempt(() => this.list());
    const fresh = talk.put(message);
    talk.typing.delete(message.senderId);
    if (fresh && message.senderId !== this.me.id) {
      talk.conversation.unread += 1;
      this.look();
    }
    this.changed();
  }

  /** Mark as read what is looked at. */
  private look(): void {
    const talk = this.open;
    const last = talk?.messages.at(-1);
    if (!talk || !last || !talk.conversation.unread || document.hidden || this.link !== "open") return;
    talk.conversation.unread = 0;
    void this.attempt(async () => {
      talk.conversation.unread = (await this.chat?.read(talk.conversation.id, last)) ?? 0;
      this.changed();
    });
  }

  /** Send what waits, one after the other; what is sent a second time has the same id, and is stored once. */
  private async flush(talk: Talk): Promise<void> {
    for (const pending of talk.pending.filter((each) => !each.failed)) {
      if (this.link !== "open") return;
      try {
        const message = await this.chat?.send(pending);
        if (message) talk.put(message);
      } catch (error) {
        if (error instanceof Refusal) pending.failed = error.message;
        else if (this.link === "open") pending.failed = "There was no answer.";
      }
      this.changed();
    }
  }

  private async attempt(work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Refusal) this.notice = error.message;
      else this.log.add("note", "not done", String(error));
    }
    this.changed();
  }
}

/** A name that nobody else makes up. `crypto.randomUUID` is only there over https and on one's own machine. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
