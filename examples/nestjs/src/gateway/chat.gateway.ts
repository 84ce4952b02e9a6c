import { UseFilters, UseGuards, UseInterceptors, UsePipes } from "@nestjs/common";
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from "@nestjs/websockets";
import type { Server } from "socket.io";

import { AuthService } from "../auth/auth.service";
import { CurrentUser } from "../auth/current-user.decorator";
import { reasonOf } from "../common/chat.exception";
import { ChatValidationPipe } from "../common/validation.pipe";
import { ConversationsRepository } from "../conversations/conversations.repository";
import { ConversationsService } from "../conversations/conversations.service";
import { CountsAsMessage, LimitsInterceptor } from "../limits/limits.interceptor";
import { MessagesService } from "../messages/messages.service";
import { ReceiptsService } from "../messages/receipts.service";
import type { AuthenticatedSocket } from "./authenticated-socket";
import { ConnectionService } from "./connection.service";
import { EventQueue } from "./event-queue";
import {
  WsDeleteMessageDto,
  WsEditMessageDto,
  WsMarkReadDto,
  WsPingDto,
  WsRoomDto,
  WsSendMessageDto,
  WsSyncDto,
} from "./gateway.dto";
import { InOrderInterceptor } from "./in-order.interceptor";
import { RoomService } from "./room.service";
import { TypingService } from "./typing.service";
import { WsAuthGuard } from "./ws-auth.guard";
import { errorEvent, WsExceptionFilter } from "./ws-exception.filter";

const MAX_TIMER_MS = 2 ** 31 - 1;

/** The Socket.IO side: who connects, and what they ask for. */
@WebSocketGateway()
@UseFilters(WsExceptionFilter)
@UseGuards(WsAuthGuard)
@UseInterceptors(InOrderInterceptor, LimitsInterceptor)
@UsePipes(ChatValidationPipe)
export class ChatGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer() server: Server;

  constructor(
    private readonly auth: AuthService,
    private readonly connections: ConnectionService,
    private readonly conversations: ConversationsService,
    private readonly conversationsRepository: ConversationsRepository,
    private readonly messages: MessagesService,
    private readonly receipts: ReceiptsService,
    private readonly rooms: RoomService,
    private readonly typing: TypingService,
  ) {}

  afterInit(server: Server) {
    // A middleware is done before Nest listens for events: none is handled before it is known whose it is.
    server.use((socket: AuthenticatedSocket, next) => void this.authenticate(socket).then(() => next()));
  }

  private async authenticate(socket: AuthenticatedSocket) {
    socket.data.queue = new EventQueue();
    socket.data.typing = new Set();
    const { auth, query, headers } = socket.handshake;
    try {
      const token = auth?.token ?? query.token ?? /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
      socket.data.user = await this.auth.authenticate(token);
    } catch (error) {
      // It is told by an event, for which the connection has to be accepted first.
      socket.data.refusal = error;
    }
  }

  handleConnection(socket: AuthenticatedSocket) {
    void socket.data.queue.add(() => this.welcome(socket)).catch((error) => this.refuse(socket, error));
  }

  private async welcome(socket: AuthenticatedSocket) {
    const { user, refusal } = socket.data;
    if (!user) throw refusal;
    const isFirst = await this.connections.registerConnection(socket.id, user.userId);
    const ids = await this.conversationsRepository.findAllIdsForUser(user.userId);
    await socket.join(this.rooms.roomsOf(user.userId, user.sessionId, ids));
    const timestamp = new Date().toISOString();
    socket.emit("connected", { userId: user.userId, socketId: socket.id, rooms: ids.length, timestamp });
    this.disconnectWithToken(socket, user.expiresAt);
    await this.catchUp(socket, ids);
    if (isFirst) await this.connections.broadcastPresence(user.userId, "user:online");
  }

  /** Make good for what changed while the connection entered its rooms: from then on it is told. */
  private async catchUp(socket: AuthenticatedSocket, entered: string[]) {
    const { userId, sessionId } = socket.data.user!;
    for (let known = entered; ; ) {
      const now = await this.conversationsRepository.findAllIdsForUser(userId);
      const come = now.filter((id) => !known.includes(id));
      for (const id of known) if (!now.includes(id)) await socket.leave(this.rooms.getConversationRoom(id));
      for (const id of come) await socket.join(this.rooms.getConversationRoom(id));
      if (come.length === 0) break;
      known = now;
    }
    if (!(await this.auth.lives(sessionId))) socket.disconnect(true);
  }

  private disconnectWithToken(socket: AuthenticatedSocket, expiresAt = Infinity) {
    if (expiresAt === Infinity) return;
    const timer = setTimeout(() => socket.disconnect(true), Math.min(MAX_TIMER_MS, expiresAt - Date.now()));
    socket.once("disconnect", () => clearTimeout(timer));
  }

  private refuse(socket: AuthenticatedSocket, error: unknown) {
    socket.emit("error", errorEvent(reasonOf(error)));
    socket.disconnect(true);
  }

  handleDisconnect(socket: AuthenticatedSocket) {
    const { queue, typing, user } = socket.data;
    if (!user) return;
    void queue
      .add(async () => {
        for (const conversationId of typing) await this.typing.stop(user.userId, conversationId);
        await this.connections.removeConnection(socket.id, user.userId);
      })
      .catch(console.error);
  }

  @SubscribeMessage("message:send")
  @CountsAsMessage()
  async send(
    @CurrentUser("userId") userId: string,
    @MessageBody() { conversationId, ...draft }: WsSendMessageDto,
  ) {
    return { success: true, message: await this.messages.send(userId, conversationId, draft) };
  }

  @SubscribeMessage("message:edit")
  async edit(@CurrentUser("userId") userId: string, @MessageBody() { messageId, content }: WsEditMessageDto) {
    return { success: true, message: await this.messages.edit(userId, messageId, content) };
  }

  @SubscribeMessage("message:delete")
  async delete(@CurrentUser("userId") userId: string, @MessageBody() { messageId }: WsDeleteMessageDto) {
    await this.messages.delete(userId, messageId);
    return { success: true };
  }

  @SubscribeMessage("message:read")
  async markRead(@CurrentUser("userId") userId: string, @MessageBody() { conversationId, messageId }: WsMarkReadDto) {
    return { success: true, ...(await this.receipts.mark(userId, conversationId, messageId)) };
  }

  @SubscribeMessage("messages:sync")
  async sync(@CurrentUser("userId") userId: string, @MessageBody() { conversationId, ...position }: WsSyncDto) {
    return { success: true, ...(await this.messages.sync(userId, conversationId, position)) };
  }

  @SubscribeMessage("room:join")
  async join(
    @CurrentUser("userId") userId: string,
    @ConnectedSocket() socket: AuthenticatedSocket,
    @MessageBody() { conversationId }: WsRoomDto,
  ) {
    const room = this.rooms.getConversationRoom(conversationId);
    await this.conversations.within(userId, conversationId, () => socket.join(room));
    return { success: true, room: conversationId };
  }

  @SubscribeMessage("room:leave")
  async leave(
    @CurrentUser("userId") userId: string,
    @ConnectedSocket() socket: AuthenticatedSocket,
    @MessageBody() { conversationId }: WsRoomDto,
  ) {
    const room = this.rooms.getConversationRoom(conversationId);
    await this.conversations.within(userId, conversationId, () => socket.leave(room));
    return { success: true };
  }

  @SubscribeMessage("typing:start")
  async startTyping(
    @CurrentUser("userId") userId: string,
    @ConnectedSocket() socket: AuthenticatedSocket,
    @MessageBody() { conversationId }: WsRoomDto,
  ) {
    await this.conversations.within(userId, conversationId, () => this.typing.start(userId, conversationId));
    socket.data.typing.add(conversationId);
    return { success: true };
  }

  @SubscribeMessage("typing:stop")
  async stopTyping(
    @CurrentUser("userId") userId: string,
    @ConnectedSocket() socket: AuthenticatedSocket,
    @MessageBody() { conversationId }: WsRoomDto,
  ) {
    await this.conversations.within(userId, conversationId, () => this.typing.stop(userId, conversationId));
    socket.data.typing.delete(conversationId);
    return { success: true };
  }

  // What a handler returns that has an `event` in it, Nest would send as that event, and acknowledge nothing.
  @SubscribeMessage("ping")
  ping(@MessageBody() _: WsPingDto, @Ack() acknowledge?: (pong: object) => void) {
    acknowledge?.({ event: "pong", timestamp: Date.now() });
  }
}
