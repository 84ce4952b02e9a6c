import { Injectable } from "@nestjs/common";

/** What Socket.IO's Server can do, and the Emitter of @socket.io/redis-emitter too. */
export interface Broadcaster {
  to(room: string): Broadcast;
  in(room: string): Broadcast;
}

interface Broadcast {
  except(room: string): Broadcast;
  emit(event: string, payload: unknown): unknown;
  socketsJoin(room: string): unknown;
  socketsLeave(room: string): unknown;
  disconnectSockets(close: boolean): unknown;
}

const conversationRoom = (id: string) => `conversation:${id}`;
const userRoom = (id: string) => `user:${id}`;
const sessionRoom = (id: string) => `session:${id}`;

/** Socket.IO rooms, on all instances: one for each conversation, user and session. */
@Injectable()
export class RoomService {
  private broadcaster: Broadcaster;

  setBroadcaster(broadcaster: Broadcaster) {
    this.broadcaster = broadcaster;
  }

  toConversation(id: string, event: string, payload: unknown) {
    this.broadcaster.to(conversationRoom(id)).emit(event, payload);
  }

  /** To everybody in a conversation but one user. */
  toOthers(userId: string, id: string, event: string, payload: unknown) {
    this.broadcaster.to(conversationRoom(id)).except(userRoom(userId)).emit(event, payload);
  }

  toUser(userId: string, event: string, payload: unknown) {
    this.broadcaster.to(userRoom(userId)).emit(event, payload);
  }

  /** Have all connections of a user in a conversation. */
  enter(userId: string, conversationId: string) {
    this.broadcaster.in(userRoom(userId)).socketsJoin(conversationRoom(conversationId));
  }

  leave(userId: string, conversationId: string) {
    this.broadcaster.in(userRoom(userId)).socketsLeave(conversationRoom(conversationId));
  }

  disconnectSession(sessionId: string) {
    this.broadcaster.in(sessionRoom(sessionId)).disconnectSockets(true);
  }

  /** The rooms of a new connection. */
  roomsOf(userId: string, sessionId: string | undefined, conversationIds: string[]) {
    const rooms = [userRoom(userId), ...conversationIds.map(conversationRoom)];
    return sessionId === undefined ? rooms : [...rooms, sessionRoom(sessionId)];
  }

  getConversationRoom(id: string) {
    return conversationRoom(id);
  }
}
