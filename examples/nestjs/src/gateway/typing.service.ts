import { Injectable, type OnModuleDestroy } from "@nestjs/common";

import { Config } from "../config";
import { Storage } from "../storage/storage";
import { RoomService } from "./room.service";

const keyOf = (userId: string, conversationId: string) => `typing:${conversationId}:${userId}`;

/** Who is typing: told when it starts and ends, which it does by itself after some seconds. */
@Injectable()
export class TypingService implements OnModuleDestroy {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly config: Config,
    private readonly rooms: RoomService,
    private readonly storage: Storage,
  ) {}

  async start(userId: string, conversationId: string) {
    const key = keyOf(userId, conversationId);
    clearTimeout(this.timers.get(key));
    const expire = () => this.stop(userId, conversationId).catch(console.error);
    this.timers.set(key, setTimeout(expire, this.config.typingMs));
    // The mark outlives the timer, unless there is nobody any more to keep that.
    if (await this.storage.addFor(key, 2 * this.config.typingMs)) this.tell(userId, conversationId, true);
  }

  async stop(userId: string, conversationId: string) {
    const key = keyOf(userId, conversationId);
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    if (await this.storage.remove(key)) this.tell(userId, conversationId, false);
  }

  private tell(userId: string, conversationId: string, isTyping: boolean) {
    const timestamp = new Date().toISOString();
    this.rooms.toOthers(userId, conversationId, "user:typing", { conversationId, userId, isTyping, timestamp });
  }

  onModuleDestroy() {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }
}
