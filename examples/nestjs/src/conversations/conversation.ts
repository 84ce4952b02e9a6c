export interface Participant {
  userId: string;
  role: "owner" | "member";
  joinedAt: string;
  /** The sequence of the last message that was read, 0 if none was. */
  readSequence: number;
}

/** A conversation as stored: with its counters, and with who is in it in the order in which they joined. */
export interface Conversation {
  id: string;
  type: "direct" | "group";
  name?: string;
  metadata: object;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
  revision: number;
  sequence: number;
  /** The turn of its latest message: what listings are sorted by. */
  activity: number;
  participants: Participant[];
}

export const placeOf = (conversation: Conversation | undefined, userId: string) =>
  conversation?.participants.find((participant) => participant.userId === userId);

export const viewParticipant = ({ userId, role, joinedAt }: Participant) => ({ userId, role, joinedAt });

/** A conversation as events have it, which go to many. */
export function viewConversation({ sequence, activity, participants, ...conversation }: Conversation) {
  return { ...conversation, participants: participants.map(viewParticipant) };
}
