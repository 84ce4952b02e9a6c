/** What the user does, and what becomes of it. */

import type { Message } from "./chat.js";
import { Refusal } from "./chat.js";
import type { FrameLog } from "./frames.js";
import { Live, type Spoken } from "./live.js";
import type { People, Person } from "./people.js";
import type { Session } from "./session.js";
import type { Pending } from "./talk.js";
import { Typing } from "./typing.js";

export type SignedIn = Client & { live: Live };

export class Client {
  /** What goes on while somebody is signed in. */
  live: Live | undefined;
  /** What the server said against something. */
  notice: string | undefined;
  private readonly typing = new Typing();

  constructor(
    readonly dialects: readonly Spoken[],
    readonly session: Session,
    readonly people: People,
    readonly log: FrameLog,
    private readonly changed: () => void,
  ) {
    document.addEventListener("visibilitychange", () => this.live?.look());
  }

  isSignedIn(): this is SignedIn {
    return this.live !== undefined;
  }

  get me(): Person {
    return this.session.user ?? { id: "", name: "" };
  }

  async signUp(username: string, password: string, displayName: string): Promise<void> {
    await this.session.signUp(username, password, displayName);
    this.begin();
  }

  async signIn(username: string, password: string): Promise<void> {
    await this.session.signIn(username, password);
    this.begin();
  }

  /** Come in with a token of somebody else's making, where there are no accounts. */
  bring(token: string): void {
    this.session.bring(token);
    this.begin();
  }

  async signOut(): Promise<void> {
    this.end();
    await this.session.signOut();
    this.changed();
  }

  /** Connect as whoever is signed in, by the first of the dialects. */
  begin(): void {
    this.notice = undefined;
    this.people.meet(this.me.id, this.me.name);
    this.speak(this.dialects[0]!.name);
  }

  speak(name: string): void {
    const spoken = this.dialects.find((each) => each.name === name);
    const before = this.live;
    if (!spoken || spoken === before?.spoken) return;
    this.typing.stop();
    before?.close();
    this.live = new Live(
      spoken,
      {
        me: this.me.id,
        token: () => this.token(),
        people: this.people,
        log: this.log,
        changed: this.changed,
        refused: (message) => this.say(message),
      },
      before,
    );
    this.changed();
  }

  dismiss(): void {
    this.notice = undefined;
    this.changed();
  }

  /** Send, or keep until there is a connection. */
  async send(content: string, replyTo?: Message): Promise<void> {
    const talk = this.live?.open;
    if (!talk) return;
    const draft = { conversationId: talk.conversation.id, clientMessageId: randomId(), content, replyTo: replyTo?.id };
    talk.pending.push(draft);
    talk.caughtUp = 0;
    this.typing.stop();
    this.changed();
    await this.live?.flush(talk);
  }

  /** Send once more what was refused or not answered. */
  async resend(pending: Pending): Promise<void> {
    delete pending.failed;
    this.changed();
    if (this.live?.open) await this.live.flush(this.live.open);
  }

  /** Give up a message that was refused. */
  discard(pending: Pending): void {
    const talk = this.live?.open;
    if (talk) talk.pending = talk.pending.filter((each) => each !== pending);
    this.changed();
  }

  async edit(message: Message, content: string): Promise<void> {
    await this.live?.attempt(async () => this.live?.chat.edit?.(message.id, content));
  }

  async remove(message: Message): Promise<void> {
    await this.live?.attempt(async () => this.live?.chat.remove?.(message.id));
  }

  /** Begin a conversation with some users: with one it is direct, with several, or with a name, a group. */
  async start(userIds: string[], name: string): Promise<string> {
    const [only = ""] = userIds;
    const live = this.live;
    if (live?.link !== "open") throw new Refusal("CONNECTION_ERROR", "There is no connection.");
    const { chat, spoken } = live;
    const made = userIds.length === 1 && !name ? chat.startDirect?.(only) : chat.startGroup?.(name || undefined, userIds);
    if (!made) throw new Refusal("FORBIDDEN", `There are no groups in ${spoken.name}.`);
    const conversation = await made;
    live.know(conversation);
    await chat.enter?.(conversation.id);
    return conversation.id;
  }

  /** Note what stands in the field, and tell the others that something is being written there. */
  typed(text: string): void {
    const live = this.live;
    const talk = live?.open;
    if (!talk) return;
    talk.text = text;
    this.changed();
    if (!text) return this.typing.stop();
    this.typing.typed((active) => live.link === "open" && live.chat.typing?.(talk.conversation.id, active));
  }

  private async token(): Promise<string> {
    try {
      return await this.session.token();
    } catch (error) {
      if (error instanceof Refusal && error.code === "UNAUTHORIZED") {
        this.end();
        this.session.forget();
        this.say("Your session is over: sign in again.");
      }
      throw error;
    }
  }

  private say(notice: string): void {
    this.notice = notice;
    this.changed();
  }

  private end(): void {
    this.live?.close();
    this.live = undefined;
  }
}

/** A name that nobody else makes up. `crypto.randomUUID` is only there over https and on one's own machine. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
