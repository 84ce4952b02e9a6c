/** What the user does, and what becomes of it. */
import { Refusal } from "./chat.js";
import { Live } from "./live.js";
import { Typing } from "./typing.js";
export class Client {
    dialects;
    session;
    people;
    log;
    changed;
    /** What goes on while somebody is signed in. */
    live;
    /** What the server said against something. */
    notice;
    typing = new Typing();
    constructor(dialects, session, people, log, changed) {
        this.dialects = dialects;
        this.session = session;
        this.people = people;
        this.log = log;
        this.changed = changed;
        document.addEventListener("visibilitychange", () => this.live?.look());
    }
    isSignedIn() {
        return this.live !== undefined;
    }
    get me() {
        return this.session.user ?? { id: "", name: "" };
    }
    async signUp(username, password, displayName) {
        await this.session.signUp(username, password, displayName);
        this.begin();
    }
    async signIn(username, password) {
        await this.session.signIn(username, password);
        this.begin();
    }
    /** Come in with a token of somebody else's making, where there are no accounts. */
    bring(token) {
        this.session.bring(token);
        this.begin();
    }
    async signOut() {
        this.end();
        await this.session.signOut();
        this.changed();
    }
    /** Connect as whoever is signed in, by the first of the dialects. */
    begin() {
        this.notice = undefined;
        this.people.meet(this.me.id, this.me.name);
        this.speak(this.dialects[0].name);
    }
    speak(name) {
        const spoken = this.dialects.find((each) => each.name === name);
        const before = this.live;
        if (!spoken || spoken === before?.spoken)
            return;
        this.typing.stop();
        before?.close();
        this.live = new Live(spoken, {
            me: this.me.id,
            token: () => this.token(),
            people: this.people,
            log: this.log,
            changed: this.changed,
            refused: (message) => this.say(message),
        }, before);
        this.changed();
    }
    dismiss() {
        this.notice = undefined;
        this.changed();
    }
    /** Send, or keep until there is a connection. */
    async send(content, replyTo) {
        const talk = this.live?.open;
        if (!talk)
            return;
        const draft = { conversationId: talk.conversation.id, clientMessageId: randomId(), content, replyTo: replyTo?.id };
        talk.pending.push(draft);
        talk.caughtUp = 0;
        this.typing.stop();
        this.changed();
        await this.live?.flush(talk);
    }
    /** Send once more what was refused or not answered. */
    async resend(pending) {
        delete pending.failed;
        this.changed();
        if (this.live?.open)
            await this.live.flush(this.live.open);
    }
    /** Give up a message that was refused. */
    discard(pending) {
        const talk = this.live?.open;
        if (talk)
            talk.pending = talk.pending.filter((each) => each !== pending);
        this.changed();
    }
    async edit(message, content) {
        await this.live?.attempt(async () => this.live?.chat.edit?.(message.id, content));
    }
    async remove(message) {
        await this.live?.attempt(async () => this.live?.chat.remove?.(message.id));
    }
    /** Begin a conversation with some users: with one it is direct, with several, or with a name, a group. */
    async start(userIds, name) {
        const [only = ""] = userIds;
        const live = this.live;
        if (live?.link !== "open")
            throw new Refusal("CONNECTION_ERROR", "There is no connection.");
        const { chat, spoken } = live;
        const made = userIds.length === 1 && !name ? chat.startDirect?.(only) : chat.startGroup?.(name || undefined, userIds);
        if (!made)
            throw new Refusal("FORBIDDEN", `There are no groups in ${spoken.name}.`);
        const conversation = await made;
        live.know(conversation);
        await chat.enter?.(conversation.id);
        return conversation.id;
    }
    /** Note what stands in the field, and tell the others that something is being written there. */
    typed(text) {
        const live = this.live;
        const talk = live?.open;
        if (!talk)
            return;
        talk.text = text;
        this.changed();
        if (!text)
            return this.typing.stop();
        this.typing.typed((active) => live.link === "open" && live.chat.typing?.(talk.conversation.id, active));
    }
    async token() {
        try {
            return await this.session.token();
        }
        catch (error) {
            if (error instanceof Refusal && error.code === "UNAUTHORIZED") {
                this.end();
                this.session.forget();
                this.say("Your session is over: sign in again.");
            }
            throw error;
        }
    }
    say(notice) {
        this.notice = notice;
        this.changed();
    }
    end() {
        this.live?.close();
        this.live = undefined;
    }
}
/** A name that nobody else makes up. `crypto.randomUUID` is only there over https and on one's own machine. */
function randomId() {
    return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
