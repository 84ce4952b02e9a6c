import { Injectable } from "@nestjs/common";

import type { Conversation, Participant } from "../conversations/conversation";
import { ConversationsRepository } from "../conversations/conversations.repository";
import { Storage } from "../storage/storage";
import { type Message, viewMessage } from "./message";

const keyOf = (id: string) => `message:${id}`;
const historyOf = (conversationId: string) => `history:${conversationId}`;
const changesOf = (conversationId: string) => `changes:${conversationId}`;
const clientKeyOf = (...ids: string[]) => `sent:${JSON.stringify(ids)}`;

/** Messages as stored: a document each, the history by sequence, and the changes by revision. */
@Injectable()
export class MessagesRepository {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly storage: Storage,
  ) {}

  find(id: string) {
    return this.storage.get<Message>(keyOf(id));
  }

  async findSent(conversationId: string, senderId: string, clientMessageId?: string) {
    if (clientMessageId === undefined) return undefined;
    const id = await this.storage.get<string>(clientKeyOf(conversationId, senderId, clientMessageId));
    return id === undefined ? undefined : this.find(id);
  }

  async create(conversation: Conversation, message: Message) {
    await this.storage.commit((write) => {
      this.conversations.write(write, conversation);
      write.set(keyOf(message.id), message);
      write.append(historyOf(conversation.id), message.id);
      if (message.clientMessageId !== undefined) {
        write.set(clientKeyOf(conversation.id, message.senderId, message.clientMessageId), message.id);
      }
    });
  }

  async save(conversation: Conversation, message: Message) {
    await this.storage.commit((write) => {
      this.conversations.write(write, conversation);
      write.set(keyOf(message.id), message);
      write.rank(changesOf(conversation.id), message.id, message.revision);
    });
  }

  /** The messages with a sequence after `after` and up to `upTo`. */
  async range(conversationId: string, after: number, upTo: number) {
    return this.all(await this.storage.range(historyOf(conversationId), Math.max(0, after), upTo));
  }

  /** The messages that were edited or deleted after a revision, in that order. */
  async changedSince(conversationId: string, revision: number) {
    return this.all(await this.storage.rankedAbove(changesOf(conversationId), revision));
  }

  async last({ id, sequence }: Conversation) {
    const [message] = await this.range(id, sequence - 1, sequence);
    return message && viewMessage(message);
  }

  /** How many messages of others after the read mark there are that are not deleted. */
  async countUnread({ id, sequence }: Conversation, { userId, readSequence }: Participant) {
    const messages = await this.range(id, readSequence, sequence);
    return messages.filter(({ senderId, isDeleted }) => senderId !== userId && !isDeleted).length;
  }

  private async all(ids: string[]) {
    return (await this.storage.getMany<Message>(ids.map(keyOf))).filter((each) => each !== undefined);
  }
}
