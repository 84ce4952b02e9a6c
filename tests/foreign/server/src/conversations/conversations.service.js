import { randomBytes } from "node:crypto";

import { conflict, forbidden, invalid, notFound } from "../errors.js";

const MAX_PARTICIPANTS = 1000;

export const placeOf = (conversation, userId) =>
  conversation.participants.find((participant) => participant.userId === userId);

/** Conversations and who is in them. Whatever changes is told to those it concerns while nothing else can change. */
export class ConversationsService {
  constructor({ repository, rooms, typing }) {
    Object.assign(this, { repository, rooms, typing });
  }

  /** Create a conversation; {conversation, created}, the latter false for a direct one that was there already. */
  async create(callerId, { type, name, participantIds, metadata = {} }) {
    const others = participantIds.filter((id) => id !== callerId);
    if (type === "group") return this.begin(callerId, others, { type, name, metadata });
    if (name !== undefined) throw invalid([{ field: "/name", problem: "is not for a direct conversation" }]);
    if (others.length !== 1) {
      throw invalid([{ field: "/participantIds", problem: "must name exactly one other user" }]);
    }
    return this.repository.exclusivelyDirect(callerId, others[0], async (existing) => {
      if (existing) return { conversation: await this.viewFor(existing, callerId), created: false };
      return this.begin(callerId, others, { type, metadata });
    });
  }

  async begin(callerId, others, { type, name, metadata }) {
    await this.users.requireAll(others);
    const id = randomBytes(12).toString("hex");
    return this.repository.exclusively(id, async (_, turn) => {
      const now = new Date().toISOString();
      const conversation = {
        id,
        type,
        name,
        metadata,
        createdBy: callerId,
        createdAt: now,
        updatedAt: now,
        revision: 1,
        sequence: 0,
        activity: turn,
        participants: [callerId, ...others].map((userId) => ({
          userId,
          role: userId === callerId ? "owner" : "member",
          joinedAt: now,
          readSequence: 0,
        })),
      };
      await this.repository.create(conversation);
      for (const { userId } of conversation.participants) this.rooms.enter(userId, id);
      this.rooms.toConversation(id, "conversation:new", this.view(conversation));
      return { conversation: await this.viewFor(conversation, callerId), created: true };
    });
  }

  async get(callerId, id) {
    return this.within(callerId, id, (conversation) => this.viewFor(conversation, callerId));
  }

  /** A page of the caller's conversations, latest activity first: those whose activity is older than `before`. */
  async list(callerId, before, limit) {
    const all = (await this.repository.allOf(callerId)).filter(({ activity }) => activity < before);
    all.sort((one, other) => other.activity - one.activity);
    const page = all.slice(0, limit);
    return {
      conversations: await Promise.all(page.map((conversation) => this.viewFor(conversation, callerId))),
      last: all.length > page.length ? page.at(-1).activity : undefined,
    };
  }

  async update(callerId, id, { name, metadata }) {
    return this.within(callerId, id, async (conversation, caller) => {
      this.requireOwner(caller);
      this.requireGroup(conversation);
      conversation.name = name ?? conversation.name;
      conversation.metadata = metadata ?? conversation.metadata;
      this.touch(conversation);
      await this.repository.save(conversation);
      this.rooms.toConversation(id, "conversation:updated", this.view(conversation));
      return this.viewFor(conversation, callerId);
    });
  }

  async addParticipant(callerId, id, userId) {
    return this.within(callerId, id, async (conversation, caller) => {
      this.requireOwner(caller);
      this.requireGroup(conversation);
      await this.users.requireAll([userId]);
      if (placeOf(conversation, userId)) throw conflict("This user is a participant already");
      if (conversation.participants.length >= MAX_PARTICIPANTS) throw conflict("The conversation is full");
      this.touch(conversation);
      const participant = {
        userId,
        role: "member",
        joinedAt: conversation.updatedAt,
        readSequence: conversation.sequence,
      };
      conversation.participants.push(participant);
      await this.repository.save(conversation, { added: userId });
      this.rooms.enter(userId, id);
      this.rooms.toUser(userId, "conversation:joined", this.view(conversation));
      const event = { conversationId: id, userId, timestamp: conversation.updatedAt };
      this.rooms.toOthers(userId, id, "participant:added", event);
      return this.viewParticipant(participant);
    });
  }

  async removeParticipant(callerId, id, userId) {
    await this.within(callerId, id, async (conversation, caller) => {
      this.requireOwner(caller);
      this.requireGroup(conversation);
      if (userId === callerId) throw conflict("To go oneself, leave the conversation");
      if (!placeOf(conversation, userId)) throw notFound("This user is no participant");
      await this.depart(conversation, userId);
    });
  }

  async leave(callerId, id) {
    await this.within(callerId, id, async (conversation) => {
      this.requireGroup(conversation);
      await this.depart(conversation, callerId);
    });
  }

  async depart(conversation, userId) {
    await this.typing.stop(userId, conversation.id);
    conversation.participants = conversation.participants.filter((each) => each.userId !== userId);
    // Participants stand in the order in which they joined.
    const owned = conversation.participants.some(({ role }) => role === "owner");
    if (!owned && conversation.participants.length > 0) conversation.participants[0].role = "owner";
    this.touch(conversation);
    await this.repository.save(conversation, { removed: userId });
    this.tellDeparture(conversation, userId);
  }

  tellDeparture({ id, updatedAt }, userId) {
    this.rooms.leave(userId, id);
    this.rooms.toUser(userId, "conversation:removed", { conversationId: id });
    this.rooms.toConversation(id, "participant:removed", { conversationId: id, userId, timestamp: updatedAt });
  }

  /** Whether two users have a conversation in common. */
  async shared(one, other) {
    const theirs = new Set(await this.repository.idsOf(other));
    return (await this.repository.idsOf(one)).some((id) => theirs.has(id));
  }

  /**
   * Do some work while nobody else changes the conversation: `work` gets it, the caller's place, and the turn's number.
   * Whoever is not in it is FORBIDDEN, and so is everybody if there is none: nobody can find out which exist.
   */
  within(callerId, id, work) {
    return this.repository.exclusively(id, (conversation, turn) =>
      work(conversation, this.admit(conversation, callerId), turn),
    );
  }

  admit(conversation, callerId) {
    const participant = conversation && placeOf(conversation, callerId);
    if (!participant) throw forbidden("You are not a participant of this conversation");
    return participant;
  }

  requireOwner({ role }) {
    if (role !== "owner") throw forbidden("Only the owner may do this");
  }

  requireGroup({ type }) {
    if (type === "direct") throw conflict("A direct conversation cannot be changed");
  }

  touch(conversation) {
    conversation.revision += 1;
    conversation.updatedAt = new Date().toISOString();
  }

  /** A conversation as events have it, which go to many. */
  view({ id, type, name, participants, metadata, createdBy, revision, createdAt, updatedAt }) {
    const people = participants.map((participant) => this.viewParticipant(participant));
    return { id, type, name, participants: people, metadata, createdBy, revision, createdAt, updatedAt };
  }

  /** A conversation as one of its participants finds it. */
  async viewFor(conversation, userId) {
    const [lastMessage, unreadCount] = await Promise.all([
      this.messages.last(conversation),
      this.messages.countUnread(conversation, placeOf(conversation, userId)),
    ]);
    return { ...this.view(conversation), lastMessage, unreadCount };
  }

  viewParticipant({ userId, role, joinedAt }) {
    return { userId, role, joinedAt };
  }
}
