import { tooManyConnections } from "../errors.js";

const ONLINE = "ws:online";
const socketsOf = (userId) => `ws:connections:${userId}`;

/** Who is connected. Somebody who comes back within a moment was never away. */
export class PresenceService {
  leaving = new Map();

  constructor({ storage, conversations, rooms, maxConnections, graceMs }) {
    Object.assign(this, { storage, conversations, rooms, maxConnections, graceMs });
  }

  /** Take note of a connection; tell whether the user was offline before. Too many are refused. */
  async arrive(userId, socketId) {
    return this.alone(userId, async () => {
      const sockets = await this.storage.members(socketsOf(userId));
      if (sockets.length >= this.maxConnections) throw tooManyConnections();
      await this.storage.include(socketsOf(userId), socketId);
      return this.storage.include(ONLINE, userId);
    });
  }

  /** Take note of the end of a connection. */
  async depart(userId, socketId) {
    if (!(await this.storage.exclude(socketsOf(userId), socketId))) return;
    clearTimeout(this.leaving.get(userId));
    this.leaving.set(
      userId,
      setTimeout(() => this.settle(userId).catch(console.error), this.graceMs),
    );
  }

  /** Have a user go offline who has no connection, on whichever instance. */
  async settle(userId) {
    clearTimeout(this.leaving.get(userId));
    this.leaving.delete(userId);
    const gone = await this.alone(userId, async () => {
      const sockets = await this.storage.members(socketsOf(userId));
      return sockets.length === 0 && this.storage.exclude(ONLINE, userId);
    });
    if (gone) await this.tell(userId, "user:offline");
  }

  /** Tell those who share a conversation, once for each. */
  async tell(userId, event) {
    const timestamp = new Date().toISOString();
    for (const conversationId of await this.conversations.repository.idsOf(userId)) {
      this.rooms.toOthers(userId, conversationId, event, { userId, conversationId, timestamp });
    }
  }

  async listOnline(callerId, conversationId) {
    return this.conversations.within(callerId, conversationId, async ({ participants }) => {
      const online = new Set(await this.storage.members(ONLINE));
      return participants.map(({ userId }) => userId).filter((userId) => online.has(userId));
    });
  }

  alone(userId, work) {
    return this.storage.exclusively(`presence:${userId}`, work);
  }

  /** Settle what is open: nobody will be here to do it later. */
  async close() {
    await Promise.all([...this.leaving.keys()].map((userId) => this.settle(userId)));
  }
}
