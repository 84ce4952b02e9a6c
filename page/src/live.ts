/** What is known of a user's conversations while a dialect is spoken, kept as the server has it. */

import type { Chat, Conversation, Dialect, Happening, Link, Message } from "./chat.js";
import { Refusal } from "./chat.js";
import type { FrameLog } from "./frames.js";
import type { People } from "./people.js";
import { Talk } from "./talk.js";

/** Rooms that are entered at once, where a connection hears only those. */
const ENTERED = 50;

/** A dialect, and where it is served. */
export interface Spoken {
  name: string;
  base: URL;
  dialect: Dialect;
}

export interface Surroundings {
  me: string;
  token: () => Promise<string>;
  people: People;
  log: FrameLog;
  /** Something looks different now. */
  changed: () => void;
  /** The server said no to something that nobody waits for. */
  refused: (message: string) => void;
}

export class Live {
  readonly chat: Chat;
  link: Link = "connecting";
  readonly talks = new Map<string, Talk>();
  /** The conversation that is looked at. */
  open: Talk | undefined;
  /** Whether the conversations are there. */
  listed = false;
  private readonly learning = new Set<string>();
  private closed = false;

  /** Connect. What was written and not sent in the dialect `before` is still to be sent in this one. */
  constructor(
    readonly spoken: Spoken,
    private readonly around: Surroundings,
    private readonly before?: Live,
  ) {
    const { token, log } = around;
    log.add("note", `speaking ${spoken.name}`, spoken.base.href);
    const tell = (happening: Happening) => void (this.closed || this.take(happening));
    this.chat = spoken.dialect.open({ base: spoken.base, log, token, tell });
  }

  /** The conversations, those where something happened last first. */
  get sorted(): Talk[] {
    return [...this.talks.values()].sort((one, other) =>
      other.conversation.updatedAt.localeCompare(one.conversation.updatedAt),
    );
  }

  close(): void {
    this.closed = true;
    this.chat.close();
  }

  async select(id: string | undefined): Promise<void> {
    const talk = id === undefined ? undefined : this.talks.get(id);
    this.open = talk;
    this.around.changed();
    await this.attempt(async () => {
      if (talk && !talk.loaded) await this.load(talk);
      this.look();
    });
  }

  async older(talk: Talk): Promise<void> {
    await this.attempt(async () => this.fill(talk, talk.messages[0]));
  }

  /** Send what waits, one after the other; what is sent a second time has the same id, and is stored once. */
  async flush(talk: Talk): Promise<void> {
    for (const pending of talk.pending.filter((each) => !each.failed)) {
      if (this.link !== "open") return;
      try {
        const message = await this.chat.send(pending);
        if (message) talk.put(message);
      } catch (error) {
        if (error instanceof Refusal) pending.failed = error.message;
        else if (this.link === "open") pending.failed = "There was no answer.";
      }
      this.around.changed();
    }
  }

  /** Do something, and say if the server does not agree. */
  async attempt(work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Refusal) this.around.refused(error.message);
      else this.around.log.add("note", "not done", String(error));
    }
    this.around.changed();
  }

  /** Take in a conversation as it is now. */
  know(conversation: Conversation): Talk {
    let talk = this.talks.get(conversation.id);
    if (talk) {
      // What was heard of it by events may be newer than what was asked for.
      const newer = talk.last && (!conversation.last || talk.last.sequence > conversation.last.sequence);
      const heard = { last: talk.last, unread: talk.conversation.unread };
      talk.conversation = newer ? { ...conversation, ...heard } : conversation;
    } else {
      talk = new Talk(conversation, this.before?.talks.get(conversation.id));
      this.talks.set(conversation.id, talk);
      void this.attempt(() => this.seeWhoIsOnline(conversation));
    }
    conversation.memberIds.forEach((id) => void this.learn(id));
    this.around.changed();
    return talk;
  }

  private take(happening: Happening): void {
    const talk = "conversationId" in happening ? this.talks.get(happening.conversationId) : undefined;
    const { me, people } = this.around;
    switch (happening.kind) {
      case "link":
        this.link = happening.link;
        if (happening.link === "open") void this.attempt(() => this.arrive());
        else this.talks.forEach((each) => each.leave());
        break;
      case "message":
        void this.attempt(() => this.hear(happening.message));
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
        if (talk?.last && happening.userId === me && happening.sequence >= talk.last.sequence) {
          talk.conversation.unread = 0;
        }
        break;
      case "typing":
        if (happening.userId !== me) talk?.types(happening.userId, happening.active);
        break;
      case "presence":
        people.setOnline(happening.userId, happening.online);
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
        if (!people.knows(happening.userId)) people.meet(happening.userId, happening.name);
        break;
      case "refused":
        this.around.refused(happening.message);
        break;
    }
    this.around.changed();
  }

  /** A connection is open: see what there is, and catch up with what was missed. */
  private async arrive(): Promise<void> {
    await this.list();
    const first = !this.listed;
    this.listed = true;
    this.around.changed();
    const { enter } = this.chat;
    if (enter) {
      for (const { conversation } of this.sorted.slice(0, ENTERED)) await enter(conversation.id);
    }
    const looked = this.before?.open?.conversation.id;
    if (first && looked && !this.open) await this.select(looked);
    for (const talk of this.talks.values()) {
      if (talk.loaded && !first) await this.catchUp(talk);
      await this.flush(talk);
    }
    this.look();
  }

  private async list(): Promise<void> {
    // One that is heard of while the answer is on its way may be younger than the answer.
    const asked = [...this.talks.keys()];
    const found = await this.chat.conversations();
    const ids = new Set(found.map((each) => each.id));
    asked.filter((id) => !ids.has(id)).forEach((id) => this.talks.delete(id));
    const known = found.filter((each) => this.talks.has(each.id));
    found.forEach((each) => this.know(each));
    await Promise.all(known.map((each) => this.seeWhoIsOnline(each)));
  }

  private async seeWhoIsOnline({ id, memberIds }: Conversation): Promise<void> {
    const here = await this.chat.online?.(id);
    if (here) this.around.people.setAllOnline(memberIds, here);
    this.around.changed();
  }

  private async learn(id: string): Promise<void> {
    const { people } = this.around;
    if (people.knows(id) || this.learning.has(id) || !this.chat.name) return;
    this.learning.add(id);
    try {
      people.meet(id, await this.chat.name(id));
      this.around.changed();
    } catch {
      // Without a name, then.
    }
  }

  private async load(talk: Talk): Promise<void> {
    await this.fill(talk);
    talk.loaded = true;
    if (this.link !== "open") talk.leave();
  }

  private async fill(talk: Talk, before?: Message): Promise<void> {
    const page = await this.chat.history(talk.conversation.id, before);
    page.messages.forEach((each) => talk.put(each));
    talk.more = page.more;
  }

  private async catchUp(talk: Talk): Promise<void> {
    const { id } = talk.conversation;
    const { last, revision } = talk.position;
    const missed = this.chat.missed
      ? await this.chat.missed(id, last, revision)
      : { messages: (await this.chat.history(id)).messages, changed: [] };
    const news = missed.messages.filter((each) => talk.put(each) && each.senderId !== this.around.me);
    missed.changed.forEach((each) => talk.put(each));
    talk.caught(news.length + missed.changed.length);
    this.around.changed();
  }

  private async hear(message: Message): Promise<void> {
    const talk = this.talks.get(message.conversationId);
    if (!talk) return this.list();
    const fresh = talk.put(message);
    talk.types(message.senderId, false);
    // A history that was on its way may have brought it before; what is looked at is still to be marked as read.
    if (message.senderId === this.around.me || !(fresh || talk === this.open)) return;
    talk.conversation.unread += 1;
    this.look();
  }

  /** Mark as read what is looked at. */
  look(): void {
    const talk = this.open;
    const last = talk?.messages.at(-1);
    if (!talk || !last || !talk.conversation.unread || document.hidden || this.link !== "open") return;
    talk.conversation.unread = 0;
    void this.attempt(async () => {
      talk.conversation.unread = await this.chat.read(talk.conversation.id, last);
    });
  }
}
