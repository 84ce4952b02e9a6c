import { randomBytes } from "node:crypto";

import { Injectable } from "@nestjs/common";

import { conflict, forbidden, invalid, notFound } from "../common/chat.exception";
import { RoomService } from "../gateway/room.service";
import { TypingService } from "../gateway/typing.service";
import { MessagesRepository } from "../messages/messages.repository";
import { UsersService } from "../users/users.service";
import { type Conversation, type Participant, placeOf, viewConversation, viewParticipant } from "./conversation";
import type { CreateConversationDto, UpdateConversationDto } from "./conversations.dto";
import { ConversationsRepository } from "./conversations.repository";

const MAX_PARTICIPANTS = 1000;

/** Conversations and who is in them. Whatever changes is told to those it concerns while nothing else can change. */
@Injectable()
export class ConversationsService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly repository: ConversationsRepository,
    private readonly rooms: RoomService,
    private readonly typing: TypingService,
    private readonly users: UsersService,
  ) {}

  /** Create a conversation; `created` is false for a direct one that was there already. */
  async create(callerId: string, { type, name, participantIds, metadata = {} }: CreateConversationDto) {
    const others = participantIds.filter((id) => id !== callerId);
    if (type === "group") return this.begin(callerId, others, { type, name, metadata });
    const [other] = others;
    if (name !== undefined) throw invalid({ field: "/name", problem: "is not for a direct conversation" });
    if (other === undefined || others.length > 1) {
      throw invalid({ field: "/participantIds", problem: "must name exactly one other user" });
    }
    return this.repository.exclusivelyDirect(callerId, other, async (existing) =>
      existing
        ? { conversation: await this.viewFor(existing, callerId), created: false }
        : this.begin(callerId, others, { type, metadata }),
    );
  }

  private async begin(
    callerId: string,
    others: string[],
    settings: Pick<Conversation, "type" | "name" | "metadata">,
  ) {
    await this.users.requireAll(others);
    const id = randomBytes(12).toString("hex");
    return this.repository.exclusively(id, async (_, turn) => {
      const now = new Date().toISOString();
      const participants = [callerId, ...others].map((userId): Participant => {
        return { userId, role: userId === callerId ? "owner" : "member", joinedAt: now, readSequence: 0 };
      });
      const counters = { revision: 1, sequence: 0, activity: turn };
      const times = { createdAt: now, updatedAt: now };
      const conversation: Conversation = { id, ...settings, createdBy: callerId, ...times, ...counters, participants };
      await this.repository.create(conversation);
      for (const { userId } of participants) this.rooms.enter(userId, id);
      this.rooms.toConversation(id, "conversation:new", viewConversation(conversation));
      return { conversation: await this.viewFor(conversation, callerId), created: true };
    });
  }

  async get(callerId: string, id: string) {
    return this.within(callerId, id, (conversation) => this.viewFor(conversation, callerId));
  }

  /** A page of the caller's conversations, latest activity first: those whose activity is older than `before`. */
  async list(callerId: string, before: number, limit: number) {
    const all = (await this.repository.findAllForUser(callerId)).filter(({ activity }) => activity < before);
    const page = all.sort((one, other) => other.activity - one.activity).slice(0, limit);
    return {
      conversations: await Promise.all(page.map((conversation) => this.viewFor(conversation, callerId))),
      last: all.length > page.length ? page.at(-1)?.activity : undefined,
    };
  }

  async update(callerId: string, id: string, { name, metadata }: UpdateConversationDto) {
    return this.within(callerId, id, async (conversation, caller) => {
      requireOwnerOfGroup(conversation, caller);
      conversation.name = name ?? conversation.name;
      conversation.metadata = metadata ?? conversation.metadata;
      touch(conversation);
      await this.repository.save(conversation);
      this.rooms.toConversation(id, "conversation:updated", viewConversation(conversation));
      return this.viewFor(conversation, callerId);
    });
  }

  async addParticipant(callerId: string, id: string, userId: string) {
    return this.within(callerId, id, async (conversation, caller) => {
      requireOwnerOfGroup(conversation, caller);
      await this.users.requireAll([userId]);
      if (placeOf(conversation, userId)) throw conflict("This user is a participant already");
      if (conversation.participants.length >= MAX_PARTICIPANTS) throw conflict("The conversation is full");
      touch(conversation);
      const { updatedAt, sequence } = conversation;
      const participant: Participant = { userId, role: "member", joinedAt: updatedAt, readSequence: sequence };
      conversation.participants.push(participant);
      await this.repository.save(conversation, { added: userId });
      this.rooms.enter(userId, id);
      this.rooms.toUser(userId, "conversation:joined", viewConversation(conversation));
      this.rooms.toOthers(userId, id, "participant:added", { conversationId: id, userId, timestamp: updatedAt });
      return viewParticipant(participant);
    });
  }

  async removeParticipant(callerId: string, id: string, userId: string) {
    await this.within(callerId, id, async (conversation, caller) => {
      requireOwnerOfGroup(conversation, caller);
      if (userId === callerId) throw conflict("To go oneself, leave the conversation");
      if (!placeOf(conversation, userId)) throw notFound("This user is no participant");
      await this.depart(conversation, userId);
    });
  }

  async leave(callerId: string, id: string) {
    await this.within(callerId, id, async (conversation) => {
      requireGroup(conversation);
      await this.depart(conversation, callerId);
    });
  }

  private async depart(conversation: Conversation, userId: string) {
    const { id } = conversation;
    await this.typing.stop(userId, id);
    conversation.participants = conversation.participants.filter((each) => each.userId !== userId);
    const [longest] = conversation.participants;
    if (longest && !conversation.participants.some(({ role }) => role === "owner")) longest.role = "owner";
    touch(conversation);
    await this.repository.save(conversation, { removed: userId });
    this.rooms.leave(userId, id);
    this.rooms.toUser(userId, "conversation:removed", { conversationId: id });
    const event = { conversationId: id, userId, timestamp: conversation.updatedAt };
    this.rooms.toConversation(id, "participant:removed", event);
  }

  /**
   * Do some work while nobody else changes the conversation: `work` gets it, the caller's place, and the turn's number.
   * Whoever is not in it is FORBIDDEN, and so is everybody if there is none: nobody can find out which exist.
   */
  within<R>(
    callerId: string,
    id: string,
    work: (conversation: Conversation, caller: Participant, turn: number) => Promise<R> | R,
  ) {
    return this.repository.exclusively(id, (conversation, turn) => {
      const caller = placeOf(conversation, callerId);
      if (!conversation || !caller) throw forbidden("You are not a participant of this conversation");
      return work(conversation, caller, turn);
    });
  }

  /** A conversation as one of its participants finds it. */
  private async viewFor(conversation: Conversation, userId: string) {
    const [lastMessage, unreadCount] = await Promise.all([
      this.messages.last(conversation),
      this.messages.countUnread(conversation, placeOf(conversation, userId)!),
    ]);
    return { ...viewConversation(conversation), lastMessage, unreadCount };
  }
}

function requireGroup({ type }: Conversation) {
  if (type === "direct") throw conflict("A direct conversation cannot be changed");
}

function requireOwnerOfGroup(conversation: Conversation, { role }: Participant) {
  if (role !== "owner") throw forbidden("Only the owner may do this");
  requireGroup(conversation);
}

function touch(conversation: Conversation) {
  conversation.revision += 1;
  conversation.updatedAt = new Date().toISOString();
}
