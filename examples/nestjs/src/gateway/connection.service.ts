import { type BeforeApplicationShutdown, Injectable } from "@nestjs/common";

import { tooManyConnections } from "../common/chat.exception";
import { Config } from "../config";
import { ConversationsRepository } from "../conversations/conversations.repository";
import { Storage } from "../storage/storage";
import { RoomService } from "./room.service";

const ONLINE = "ws:online";
const socketsOf = (userId: string) => `ws:connections:${userId}`;

/** Who is connected. Somebody who comes back within a moment was never away. */
@Injectable()
export class ConnectionService implements BeforeApplicationShutdown {
  private readonly leaving = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly config: Config,
    private readonly conversations: ConversationsRepository,
    private readonly rooms: RoomService,
    private readonly storage: Storage,
  ) {}

  /** Take note of a connection; tell whether the user was offline before. Too many are refused. */
  async registerConnection(socketId: string, userId: string) {
    return this.alone(userId, async () => {
      const sockets = await this.storage.members(socketsOf(userId));
      if (sockets.length >= this.config.maxConnections) throw tooManyConnections();
      await this.storage.include(socketsOf(userId), socketId);
      return this.storage.include(ONLINE, userId);
    });
  }

  async removeConnection(socketId: string, userId: string) {
    if (!(await this.storage.exclude(socketsOf(userId), socketId))) return;
    clearTimeout(this.leaving.get(userId));
    const settle = () => this.settle(userId).catch(console.error);
    this.leaving.set(userId, setTimeout(settle, this.config.offlineGraceMs));
  }

  async getOnlineUsers(userIds: string[]) {
    const online = new Set(await this.storage.members(ONLINE));
    return userIds.filter((userId) => online.has(userId));
  }

  /** Tell those who share a conversation with a user, once for each. */
  async broadcastPresence(userId: string, event: "user:online" | "user:offline") {
    const timestamp = new Date().toISOString();
    for (const conversationId of await this.conversations.findAllIdsForUser(userId)) {
      this.rooms.toOthers(userId, conversationId, event, { userId, conversationId, timestamp });
    }
  }

  /** Have a user go offline who has no connection, on whichever instance. */
  private async settle(userId: string) {
    clearTimeout(this.leaving.get(userId));
    this.leaving.delete(userId);
    const isGone = await this.alone(userId, async () => {
      const sockets = await this.storage.members(socketsOf(userId));
      return sockets.length === 0 && this.storage.exclude(ONLINE, userId);
    });
    if (isGone) await this.broadcastPresence(userId, "user:offline");
  }

  private alone<R>(userId: string, work: () => Promise<R>) {
    return this.storage.exclusively(`presence:${userId}`, work);
  }

  /** Settle what is open: nobody will be here to do it later. */
  async beforeApplicationShutdown() {
    await Promise.all([...this.leaving.keys()].map((userId) => this.settle(userId)));
  }
}
