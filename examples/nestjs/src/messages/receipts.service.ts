import { Injectable } from "@nestjs/common";

import type { Conversation, Participant } from "../conversations/conversation";
import { ConversationsRepository } from "../conversations/conversations.repository";
import { ConversationsService } from "../conversations/conversations.service";
import { RoomService } from "../gateway/room.service";
import { MessagesRepository } from "./messages.repository";
import { MessagesService } from "./messages.service";

/** What was read, and what is unread. */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly conversationsRepository: ConversationsRepository,
    private readonly messages: MessagesService,
    private readonly repository: MessagesRepository,
    private readonly rooms: RoomService,
  ) {}

  /** Mark a conversation read up to a message. The mark only moves forward; the answer has it as it then is. */
  async mark(userId: string, conversationId: string, messageId: string) {
    return this.conversations.within(userId, conversationId, async (conversation, participant) => {
      const { sequence } = await this.messages.require(conversationId, messageId);
      if (sequence > participant.readSequence) {
        participant.readSequence = sequence;
        await this.conversationsRepository.save(conversation);
        const event = { conversationId, userId, messageId, sequence, readAt: new Date().toISOString() };
        this.rooms.toConversation(conversationId, "message:read", event);
      }
      return this.view(conversation, participant);
    });
  }

  async unread(userId: string, conversationId: string) {
    return this.conversations.within(userId, conversationId, (conversation, participant) =>
      this.view(conversation, participant),
    );
  }

  private async view(conversation: Conversation, participant: Participant) {
    const { readSequence } = participant;
    const unreadCount = await this.repository.countUnread(conversation, participant);
    const [last] = await this.repository.range(conversation.id, readSequence - 1, readSequence);
    return { unreadCount, lastReadMessageId: last?.id, lastReadSequence: last?.sequence };
  }
}
