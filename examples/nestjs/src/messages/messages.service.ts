import { randomBytes } from "node:crypto";

import { Injectable } from "@nestjs/common";

import { forbidden, notFound } from "../common/chat.exception";
import { type Conversation, placeOf } from "../conversations/conversation";
import { ConversationsRepository } from "../conversations/conversations.repository";
import { ConversationsService } from "../conversations/conversations.service";
import { RoomService } from "../gateway/room.service";
import { TypingService } from "../gateway/typing.service";
import { type Message, viewMessage } from "./message";
import type { HistoryQuery, NewMessageDto } from "./messages.dto";
import { MessagesRepository } from "./messages.repository";

/** Where a client stands that catches up: what it has, as of which revision. */
export interface Position {
  lastMessageId?: string;
  revision?: number;
  limit?: number;
}

/** Messages: sending, changing, reading. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly conversationsRepository: ConversationsRepository,
    private readonly repository: MessagesRepository,
    private readonly rooms: RoomService,
    private readonly typing: TypingService,
  ) {}

  /** Send a message. A `clientMessageId` that was used before gives the first message, and sends nothing. */
  async send(callerId: string, conversationId: string, draft: NewMessageDto) {
    return this.conversations.within(callerId, conversationId, async (conversation, _, turn) => {
      const earlier = await this.repository.findSent(conversationId, callerId, draft.clientMessageId);
      if (earlier) return viewMessage(earlier);
      if (draft.replyTo !== undefined) await this.require(conversationId, draft.replyTo);
      conversation.activity = turn;
      const message = newMessage(conversation, callerId, draft);
      await this.repository.create(conversation, message);
      await this.typing.stop(callerId, conversationId);
      this.rooms.toConversation(conversationId, "message:new", viewMessage(message));
      return viewMessage(message);
    });
  }

  async edit(callerId: string, messageId: string, content: string) {
    return this.change(callerId, messageId, async (conversation, message) => {
      Object.assign(message, { content, isEdited: true, updatedAt: new Date().toISOString() });
      await this.repository.save(conversation, message);
      const { conversationId, isEdited, updatedAt, sequence, revision } = message;
      const event = { messageId, conversationId, content, isEdited, updatedAt, sequence, revision };
      this.rooms.toConversation(conversationId, "message:updated", event);
      return viewMessage(message);
    });
  }

  async delete(callerId: string, messageId: string) {
    await this.change(callerId, messageId, async (conversation, message) => {
      const deletedAt = new Date().toISOString();
      Object.assign(message, { isDeleted: true, content: "", attachments: [], metadata: {} });
      Object.assign(message, { updatedAt: deletedAt, deletedAt });
      await this.repository.save(conversation, message);
      const { conversationId, sequence, revision } = message;
      const event = { messageId, conversationId, deletedAt, sequence, revision };
      this.rooms.toConversation(conversationId, "message:deleted", event);
    });
  }

  /** Change one's own message; for whom it is not visible, it does not exist. */
  private async change<R>(
    callerId: string,
    id: string,
    work: (conversation: Conversation, message: Message) => Promise<R>,
  ) {
    const found = await this.repository.find(id);
    if (!found) throw notFound("There is no such message");
    return this.conversationsRepository.exclusively(found.conversationId, async (conversation) => {
      const message = await this.repository.find(id);
      if (!conversation || !message || !placeOf(conversation, callerId) || message.isDeleted) {
        throw notFound("There is no such message");
      }
      if (message.senderId !== callerId) throw forbidden("This is somebody else's message");
      message.revision = conversation.revision += 1;
      return work(conversation, message);
    });
  }

  /** A page of the history: the newest messages, or those before or after one. */
  async history(callerId: string, conversationId: string, { before, after, limit = 50 }: HistoryQuery) {
    return this.conversations.within(callerId, conversationId, async ({ sequence: newest }) => {
      if (after !== undefined) {
        const { sequence } = await this.require(conversationId, after);
        const upTo = Math.min(newest, sequence + limit);
        return { messages: await this.range(conversationId, sequence, upTo), hasMore: upTo < newest };
      }
      const end = before === undefined ? newest : (await this.require(conversationId, before)).sequence - 1;
      const start = Math.max(0, end - limit);
      return { messages: await this.range(conversationId, start, end), hasMore: start > 0 };
    });
  }

  /** What a client missed: the messages after the last that it has, and those up to it that changed since. */
  async sync(callerId: string, conversationId: string, { lastMessageId, revision, limit = 100 }: Position) {
    return this.conversations.within(callerId, conversationId, async (conversation) => {
      const last = lastMessageId === undefined ? undefined : await this.require(conversationId, lastMessageId);
      const known = last?.sequence ?? 0;
      const upTo = Math.min(conversation.sequence, known + limit);
      const since = revision ?? last?.createdRevision ?? conversation.revision;
      const changes = await this.repository.changedSince(conversationId, since);
      const earlier = changes.filter(({ sequence }) => sequence <= known);
      const changed = earlier.slice(0, limit);
      const isComplete = changed.length === earlier.length;
      return {
        messages: await this.range(conversationId, known, upTo),
        changed: changed.map(viewMessage),
        hasMore: upTo < conversation.sequence || !isComplete,
        revision: isComplete ? conversation.revision : changed.at(-1)!.revision,
      };
    });
  }

  /** A message of a conversation, deleted or not. */
  async require(conversationId: string, id: string) {
    const message = await this.repository.find(id);
    if (message?.conversationId !== conversationId) throw notFound("There is no such message");
    return message;
  }

  private async range(conversationId: string, after: number, upTo: number) {
    return (await this.repository.range(conversationId, after, upTo)).map(viewMessage);
  }
}

function newMessage(conversation: Conversation, senderId: string, draft: NewMessageDto): Message {
  const { content, attachments = [], metadata = {}, replyTo, clientMessageId } = draft;
  const now = new Date().toISOString();
  conversation.revision += 1;
  conversation.sequence += 1;
  return {
    id: randomBytes(12).toString("hex"),
    conversationId: conversation.id,
    senderId,
    content,
    attachments,
    replyTo,
    metadata,
    clientMessageId,
    sequence: conversation.sequence,
    revision: conversation.revision,
    isEdited: false,
    isDeleted: false,
    createdAt: now,
    updatedAt: now,
    createdRevision: conversation.revision,
  };
}
