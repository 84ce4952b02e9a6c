const keyOf = (id) => `message:${id}`;
const historyOf = (conversationId) => `history:${conversationId}`;
const changesOf = (conversationId) => `changes:${conversationId}`;
const clientKeyOf = (conversationId, senderId, clientMessageId) =>
  `sent:${JSON.stringify([conversationId, senderId, clientMessageId])}`;

/** Messages as stored: a document each, the history by sequence, and the changes by revision. */
export class MessagesRepository {
  constructor(storage, conversations) {
    Object.assign(this, { storage, conversations });
  }

  find(id) {
    return this.storage.get(keyOf(id));
  }

  async findSent(conversationId, senderId, clientMessageId) {
    if (clientMessageId === undefined) return undefined;
    const id = await this.storage.get(clientKeyOf(conversationId, senderId, clientMessageId));
    return id && this.find(id);
  }

  async create(conversation, message) {
    await this.storage.commit((write) => {
      this.conversations.write(write, conversation);
      write.set(keyOf(message.id), message);
      write.append(historyOf(conversation.id), message.id);
      if (message.clientMessageId !== undefined) {
        write.set(clientKeyOf(conversation.id, message.senderId, message.clientMessageId), message.id);
      }
    });
  }

  async save(conversation, message) {
    await this.storage.commit((write) => {
      this.conversations.write(write, conversation);
      write.set(keyOf(message.id), message);
      write.rank(changesOf(conversation.id), message.id, message.revision);
    });
  }

  /** The messages with a sequence after `after` and up to `upTo`. */
  async range(conversationId, after, upTo) {
    const ids = await this.storage.range(historyOf(conversationId), Math.max(0, after), upTo);
    return this.storage.getMany(ids.map(keyOf));
  }

  /** The messages that were edited or deleted after a revision, in that order. */
  async changedSince(conversationId, revision) {
    const ids = await this.storage.rankedAbove(changesOf(conversationId), revision);
    return this.storage.getMany(ids.map(keyOf));
  }
}
