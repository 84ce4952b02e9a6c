const keyOf = (id) => `conversation:${id}`;
const listOf = (userId) => `conversations:${userId}`;
const directKeyOf = (one, other) => `direct:${JSON.stringify([one, other].sort())}`;

/** Conversations as stored: one document each, with participants, counters and read marks. */
export class ConversationsRepository {
  constructor(storage) {
    this.storage = storage;
  }

  find(id) {
    return this.storage.get(keyOf(id));
  }

  idsOf(userId) {
    return this.storage.members(listOf(userId));
  }

  async allOf(userId) {
    return this.storage.getMany((await this.idsOf(userId)).map(keyOf));
  }

  async create(conversation) {
    const ids = conversation.participants.map(({ userId }) => userId);
    await this.storage.commit((write) => {
      write.set(keyOf(conversation.id), conversation);
      if (conversation.type === "direct") write.set(directKeyOf(...ids), conversation.id);
      for (const userId of ids) write.include(listOf(userId), conversation.id);
    });
  }

  /** Store a changed conversation; `added` and `removed` are users. */
  async save(conversation, { added, removed } = {}) {
    await this.storage.commit((write) => {
      write.set(keyOf(conversation.id), conversation);
      if (added) write.include(listOf(added), conversation.id);
      if (removed) write.exclude(listOf(removed), conversation.id);
    });
  }

  /** For use within somebody else's commit. */
  write(write, conversation) {
    write.set(keyOf(conversation.id), conversation);
  }

  /** Do some work while nobody else changes a conversation; `work` gets it or undefined, and the number of its turn. */
  exclusively(id, work) {
    return this.storage.exclusively(keyOf(id), work);
  }

  /** The same for the direct conversation of two users, which may be created meanwhile by nobody else. */
  exclusivelyDirect(one, other, work) {
    return this.storage.exclusively(directKeyOf(one, other), async (id) => work(id && (await this.find(id))));
  }
}
