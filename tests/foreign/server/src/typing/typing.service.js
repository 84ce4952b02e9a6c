const keyOf = (userId, conversationId) => `typing:${conversationId}:${userId}`;

/** Who is typing: told when it starts and ends, which it does by itself after some seconds. */
export class TypingService {
  timers = new Map();

  constructor({ storage, rooms, durationMs }) {
    Object.assign(this, { storage, rooms, durationMs });
  }

  async start(userId, conversationId) {
    const key = keyOf(userId, conversationId);
    clearTimeout(this.timers.get(key));
    const expire = () => this.stop(userId, conversationId).catch(console.error);
    this.timers.set(key, setTimeout(expire, this.durationMs));
    // It outlives the timer, unless there is nobody any more to keep that.
    if (await this.storage.addFor(key, 2 * this.durationMs)) this.tell(userId, conversationId, true);
  }

  async stop(userId, conversationId) {
    const key = keyOf(userId, conversationId);
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    if (await this.storage.remove(key)) this.tell(userId, conversationId, false);
  }

  tell(userId, conversationId, isTyping) {
    const timestamp = new Date().toISOString();
    this.rooms.toOthers(userId, conversationId, "user:typing", { conversationId, userId, isTyping, timestamp });
  }

  close() {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }
}
