/** What was read, and what is unread. */
export class ReceiptsService {
  constructor({ conversations, messages, rooms }) {
    Object.assign(this, { conversations, messages, rooms });
  }

  /** Mark a conversation read up to a message. The mark only moves forward; the answer has it as it then is. */
  async mark(callerId, conversationId, messageId) {
    return this.conversations.within(callerId, conversationId, async (conversation, participant) => {
      const { sequence } = await this.messages.requireMessage(conversationId, messageId);
      if (this.advances(participant, sequence)) {
        participant.readSequence = sequence;
        await this.conversations.repository.save(conversation);
        const event = { conversationId, userId: callerId, messageId, sequence, readAt: new Date().toISOString() };
        this.rooms.toConversation(conversationId, "message:read", event);
      }
      return this.view(conversation, participant);
    });
  }

  advances({ readSequence }, sequence) {
    return sequence > readSequence;
  }

  async unread(callerId, conversationId) {
    return this.conversations.within(callerId, conversationId, (conversation, participant) =>
      this.view(conversation, participant),
    );
  }

  async view(conversation, participant) {
    const { readSequence } = participant;
    const unreadCount = await this.messages.countUnread(conversation, participant);
    if (readSequence === 0) return { unreadCount };
    const [last] = await this.messages.repository.range(conversation.id, readSequence - 1, readSequence);
    return { unreadCount, lastReadMessageId: last.id, lastReadSequence: readSequence };
  }
}
