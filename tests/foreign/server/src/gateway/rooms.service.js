const conversationRoom = (id) => `conversation:${id}`;
const userRoom = (id) => `user:${id}`;
const sessionRoom = (id) => `session:${id}`;

/** Socket.IO rooms, on all instances: one for each conversation, user and session. */
export class RoomsService {
  setServer(server) {
    this.server = server;
  }

  toConversation(id, event, payload) {
    this.server.to(conversationRoom(id)).emit(event, payload);
  }

  /** To everybody in a conversation but one user. */
  toOthers(userId, id, event, payload) {
    this.server.to(conversationRoom(id)).except(userRoom(userId)).emit(event, payload);
  }

  toUser(userId, event, payload) {
    this.server.to(userRoom(userId)).emit(event, payload);
  }

  enter(userId, conversationId) {
    this.server.in(userRoom(userId)).socketsJoin(conversationRoom(conversationId));
  }

  leave(userId, conversationId) {
    this.server.in(userRoom(userId)).socketsLeave(conversationRoom(conversationId));
  }

  disconnectSession(sessionId) {
    this.server.in(sessionRoom(sessionId)).disconnectSockets(true);
  }

  /** Have a new connection in all rooms of its user. */
  admit(socket, { userId, sessionId }, conversationIds) {
    const rooms = [userRoom(userId), ...conversationIds.map(conversationRoom)];
    socket.join(sessionId === undefined ? rooms : [...rooms, sessionRoom(sessionId)]);
  }

  join(socket, conversationId) {
    socket.join(conversationRoom(conversationId));
  }

  mute(socket, conversationId) {
    socket.leave(conversationRoom(conversationId));
  }
}
