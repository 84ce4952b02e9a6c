import { randomBytes } from "node:crypto";

import { forbidden, notFound } from "../errors.js";

/** Messages: sending, changing, reading. */
export class MessagesService {
  constructor({ repository, conversations, rooms, typing }) {
    Object.assign(this, { repository, conversations, rooms, typing });
  }

  /** Send a message. A `clientMessageId` that was used before gives the first message, and sends nothing. */
  async send(callerId, conversationId, draft) {
    return this.conversations.within(callerId, conversationId, async (conversation, _, turn) => {
      const earlier = await this.repository.findSent(conversationId, callerId, draft.clientMessageId);
      if (earlier) return this.view(earlier);
      if (draft.replyTo !== undefined) await this.requireMessage(conversationId, draft.replyTo);
      conversation.activity = turn;
      const [message] = await Promise.all([
        this.store(conversation, callerId, draft),
        this.typing.stop(callerId, conversationId),
      ]);
      this.announce(message);
      return this.view(message);
    });
  }

  async store(conversation, senderId, { content, attachments = [], metadata = {}, replyTo, clientMessageId }) {
    const now = new Date().toISOString();
    conversation.revision += 1;
    conversation.sequence += 1;
    const message = {
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
    await this.repository.create(conversation, message);
    return message;
  }

  announce(message) {
    this.rooms.toConversation(message.conversationId, "message:new", this.view(message));
  }

  async edit(callerId, id, content) {
    return this.change(callerId, id, async (conversation, message) => {
      message.content = content;
      message.isEdited = true;
      message.updatedAt = new Date().toISOString();
      await this.repository.save(conversation, message);
      const { conversationId, isEdited, updatedAt, sequence, revision } = message;
      const event = { messageId: id, conversationId, content, isEdited, updatedAt, sequence, revision };
      this.rooms.toConversation(conversationId, "message:updated", event);
      return this.view(message);
    });
  }

  async delete(callerId, id) {
    await this.change(callerId, id, async (conversation, message) => {
      message.isDeleted = true;
      this.erase(message);
      message.updatedAt = message.deletedAt = new Date().toISOString();
      await this.repository.save(conversation, message);
      const { conversationId, deletedAt, sequence, revision } = message;
      this.rooms.toConversation(conversationId, "message:deleted", {
        messageId: id,
        conversationId,
        deletedAt,
        sequence,
        revision,
      });
    });
  }

  erase(message) {
    Object.assign(message, { content: "", attachments: [], metadata: {} });
  }

  /** Change one's own message; to whom it is not visible, it does not exist. */
  async change(callerId, id, work) {
    const found = await this.repository.find(id);
    if (!found) throw this.missing();
    return this.conversations.repository.exclusively(found.conversationId, async (conversation) => {
      const message = await this.repository.find(id);
      this.requireVisible(conversation, message, callerId);
      this.requireOwn(message, callerId);
      conversation.revision += 1;
      message.revision = conversation.revision;
      return work(conversation, message);
    });
  }

  requireVisible(conversation, message, callerId) {
    const inside = conversation.participants.some(({ userId }) => userId === callerId);
    if (!inside || message.isDeleted) throw this.missing();
  }

  requireOwn(message, callerId) {
    if (message.senderId !== callerId) throw forbidden("This is somebody else's message");
  }

  /** A page of the history: the newest messages, or those before or after one. */
  async history(callerId, conversationId, { before, after, limit = 50 }) {
    return this.conversations.within(callerId, conversationId, async ({ sequence: newest }) => {
      if (after !== undefined) {
        const { sequence } = await this.requireMessage(conversationId, after);
        const upTo = Math.min(newest, sequence + limit);
        return this.page(conversationId, sequence, upTo, upTo < newest);
      }
      const end = before === undefined ? newest : (await this.requireMessage(conversationId, before)).sequence - 1;
      const start = Math.max(0, end - limit);
      return this.page(conversationId, start, end, start > 0);
    });
  }

  async page(conversationId, after, upTo, hasMore) {
    const messages = await this.repository.range(conversationId, after, upTo);
    return { messages: messages.map((message) => this.view(message)), hasMore };
  }

  /**
   * What a client missed that has everything up to a message, as of a revision: the messages after it, and those
   * up to it that were edited or deleted since.
   */
  async sync(callerId, conversationId, { lastMessageId, revision, limit = 100 }) {
    return this.conversations.within(callerId, conversationId, async (conversation) => {
      const last = lastMessageId && (await this.requireMessage(conversationId, lastMessageId));
      const known = last?.sequence ?? 0;
      const upTo = Math.min(conversation.sequence, known + limit);
      const messages = await this.repository.range(conversationId, known, upTo);
      const since = revision ?? last?.createdRevision ?? conversation.revision;
      const changes = await this.repository.changedSince(conversationId, since);
      const earlier = changes.filter(({ sequence }) => sequence <= known);
      const changed = earlier.slice(0, limit);
      const complete = changed.length === earlier.length;
      return {
        messages: messages.map((message) => this.view(message)),
        changed: changed.map((message) => this.view(message)),
        hasMore: upTo < conversation.sequence || !complete,
        revision: complete ? conversation.revision : changed.at(-1).revision,
      };
    });
  }

  /** A message of a conversation, deleted or not. */
  async requireMessage(conversationId, id) {
    const message = await this.repository.find(id);
    if (message?.conversationId !== conversationId) throw this.missing();
    return message;
  }

  async last({ id, sequence }) {
    const [message] = await this.repository.range(id, sequence - 1, sequence);
    return message && this.view(message);
  }

  /** How many messages of others after the read mark there are that are not deleted. */
  async countUnread({ id, sequence }, { userId, readSequence }) {
    const messages = await this.repository.range(id, readSequence, sequence);
    return messages.filter(({ senderId, isDeleted }) => senderId !== userId && !isDeleted).length;
  }

  missing() {
    return notFound("There is no such message");
  }

  view({ createdRevision, ...message }) {
    return message;
  }
}
