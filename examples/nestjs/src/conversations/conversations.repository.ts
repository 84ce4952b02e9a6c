import { Injectable } from "@nestjs/common";

import { Storage, type Writer } from "../storage/storage";
import type { Conversation } from "./conversation";

const keyOf = (id: string) => `conversation:${id}`;
const listOf = (userId: string) => `conversations:${userId}`;
const directKeyOf = (one: string, other: string) => `direct:${JSON.stringify([one, other].sort())}`;

/** Conversations as stored: one document each, with participants, counters and read marks. */
@Injectable()
export class ConversationsRepository {
  constructor(private readonly storage: Storage) {}

  findAllIdsForUser(userId: string) {
    return this.storage.members(listOf(userId));
  }

  async findAllForUser(userId: string) {
    const ids = await this.findAllIdsForUser(userId);
    return (await this.storage.getMany<Conversation>(ids.map(keyOf))).filter((each) => each !== undefined);
  }

  /** Whether two users have a conversation in common. */
  async areTogether(one: string, other: string) {
    const theirs = new Set(await this.findAllIdsForUser(other));
    return (await this.findAllIdsForUser(one)).some((id) => theirs.has(id));
  }

  async create(conversation: Conversation) {
    const ids = conversation.participants.map(({ userId }) => userId);
    await this.storage.commit((write) => {
      this.write(write, conversation);
      if (conversation.type === "direct") write.set(directKeyOf(ids[0]!, ids[1]!), conversation.id);
      for (const userId of ids) write.include(listOf(userId), conversation.id);
    });
  }

  async save(conversation: Conversation, { added, removed }: { added?: string; removed?: string } = {}) {
    await this.storage.commit((write) => {
      this.write(write, conversation);
      if (added) write.include(listOf(added), conversation.id);
      if (removed) write.exclude(listOf(removed), conversation.id);
    });
  }

  /** For use within somebody else's commit. */
  write(write: Writer, conversation: Conversation) {
    write.set(keyOf(conversation.id), conversation);
  }

  /** Do some work while nobody else changes a conversation; `work` gets it, if it is there, and the number of its turn. */
  exclusively<R>(id: string, work: (conversation: Conversation | undefined, turn: number) => Promise<R> | R) {
    return this.storage.exclusively<Conversation, R>(keyOf(id), work);
  }

  /** The same for the direct conversation of two users, which may be created meanwhile by nobody else. */
  exclusivelyDirect<R>(one: string, other: string, work: (conversation?: Conversation) => Promise<R>) {
    return this.storage.exclusively<string, R>(directKeyOf(one, other), async (id) =>
      work(id === undefined ? undefined : await this.storage.get<Conversation>(keyOf(id))),
    );
  }
}
