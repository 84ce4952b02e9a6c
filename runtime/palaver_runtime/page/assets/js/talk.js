/** One conversation as it stands in the page: what was said, read, typed, and what waits to be sent. */
export class Talk {
    conversation;
    /** In the order of their sequence. */
    messages = [];
    /** Whether the newest messages are there. */
    loaded = false;
    /** Whether there are older ones on the server. */
    more = false;
    pending;
    /** By user, the sequence up to which they have read. */
    reads = new Map();
    typing = new Set();
    /** How many messages and changes the last reconnect brought. */
    caughtUp = 0;
    /** What was typed and not sent. */
    text;
    /** The newest change of the conversation that was heard of. */
    revision = 0;
    left;
    /** Changes of messages that are not there: one that is asked for may come from before its change. */
    ahead = new Map();
    /** What was written and not sent in the same conversation `before` is taken over. */
    constructor(conversation, before) {
        this.conversation = conversation;
        this.text = before?.text ?? "";
        this.pending = before?.pending ?? [];
    }
    get last() {
        return this.messages.at(-1) ?? this.conversation.last;
    }
    find(id) {
        return this.messages.find((each) => each.id === id);
    }
    /** From where on something may be missing: where the connection ended, whatever was heard since it is back. */
    get position() {
        return this.left ?? { last: this.messages.at(-1), revision: this.revision };
    }
    /** The connection is gone. */
    leave() {
        this.typing.clear();
        if (this.loaded)
            this.left ??= this.position;
    }
    /** Everything that was missed is there. */
    caught(changes) {
        this.left = undefined;
        this.caughtUp = changes;
    }
    /** Take a message, or what has become of one. What has waited for it is sent. Tells whether it was not there before. */
    put(given) {
        const change = this.ahead.get(given.id);
        const message = change && change.revision > given.revision ? change.how(given) : given;
        this.pending = this.pending.filter((each) => each.clientMessageId !== message.clientMessageId);
        this.revision = Math.max(this.revision, message.revision);
        const at = this.messages.findIndex((each) => each.id === message.id);
        const known = at >= 0;
        // An answer that was on its way may be older than what was heard meanwhile.
        if (known && message.revision < this.messages[at].revision)
            return false;
        if (known)
            this.messages[at] = message;
        else
            this.messages.push(message);
        this.messages.sort((one, other) => one.sequence - other.sequence);
        const last = this.conversation.last;
        if (!last || message.sequence >= last.sequence) {
            this.conversation.last = message;
            if (!known)
                this.conversation.updatedAt = message.createdAt;
        }
        return !known;
    }
    edited(id, content, revision) {
        this.change(id, revision, (message) => ({ ...message, content, edited: true, revision }));
    }
    deleted(id, revision) {
        this.change(id, revision, (message) => ({ ...message, content: "", deleted: true, revision }));
    }
    types(userId, active) {
        if (active)
            this.typing.add(userId);
        else
            this.typing.delete(userId);
    }
    read(userId, sequence) {
        this.reads.set(userId, Math.max(sequence, this.reads.get(userId) ?? 0));
    }
    /** Who has read up to a message and not beyond, other than its sender. */
    readersUpTo(message, next) {
        const found = [...this.reads].filter(([, sequence]) => sequence >= message.sequence);
        return found
            .filter(([userId, sequence]) => userId !== message.senderId && !(next && sequence >= next.sequence))
            .map(([userId]) => userId);
    }
    change(id, revision, how) {
        this.revision = Math.max(this.revision, revision);
        if (!this.find(id))
            this.ahead.set(id, { revision, how });
        this.messages = this.messages.map((each) => (each.id === id ? how(each) : each));
        const last = this.conversation.last;
        if (last?.id === id)
            this.conversation.last = how(last);
    }
}
