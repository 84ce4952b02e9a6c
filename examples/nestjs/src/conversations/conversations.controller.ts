import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from "@nestjs/common";
import type { Response } from "express";

import { CurrentUser } from "../auth/current-user.decorator";
import { invalid } from "../common/chat.exception";
import { ConnectionService } from "../gateway/connection.service";
import {
  AddParticipantDto,
  ConversationPath,
  CreateConversationDto,
  PageQuery,
  ParticipantPath,
  UpdateConversationDto,
} from "./conversations.dto";
import { ConversationsService } from "./conversations.service";

@Controller("conversations")
export class ConversationsController {
  constructor(
    private readonly connections: ConnectionService,
    private readonly conversations: ConversationsService,
  ) {}

  @Post()
  async create(
    @CurrentUser("userId") callerId: string,
    @Body() dto: CreateConversationDto,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { conversation, created } = await this.conversations.create(callerId, dto);
    response.status(created ? 201 : 200);
    return conversation;
  }

  @Get()
  async list(@CurrentUser("userId") callerId: string, @Query() { cursor, limit = 50 }: PageQuery) {
    const { conversations, last } = await this.conversations.list(callerId, readCursor(cursor), limit);
    return { conversations, nextCursor: last === undefined ? undefined : toBase64(String(last)) };
  }

  @Get(":conversationId")
  get(@CurrentUser("userId") callerId: string, @Param() { conversationId }: ConversationPath) {
    return this.conversations.get(callerId, conversationId);
  }

  @Patch(":conversationId")
  update(
    @CurrentUser("userId") callerId: string,
    @Param() { conversationId }: ConversationPath,
    @Body() dto: UpdateConversationDto,
  ) {
    if (dto.name === undefined && dto.metadata === undefined) throw invalid({ field: "", problem: "changes nothing" });
    return this.conversations.update(callerId, conversationId, dto);
  }

  @Post(":conversationId/participants")
  addParticipant(
    @CurrentUser("userId") callerId: string,
    @Param() { conversationId }: ConversationPath,
    @Body() { userId }: AddParticipantDto,
  ) {
    return this.conversations.addParticipant(callerId, conversationId, userId);
  }

  @Delete(":conversationId/participants/:userId")
  @HttpCode(204)
  removeParticipant(@CurrentUser("userId") callerId: string, @Param() { conversationId, userId }: ParticipantPath) {
    return this.conversations.removeParticipant(callerId, conversationId, userId);
  }

  @Post(":conversationId/leave")
  @HttpCode(204)
  leave(@CurrentUser("userId") callerId: string, @Param() { conversationId }: ConversationPath) {
    return this.conversations.leave(callerId, conversationId);
  }

  @Get(":conversationId/online")
  online(@CurrentUser("userId") callerId: string, @Param() { conversationId }: ConversationPath) {
    return this.conversations.within(callerId, conversationId, async ({ participants }) => ({
      userIds: await this.connections.getOnlineUsers(participants.map(({ userId }) => userId)),
    }));
  }
}

const toBase64 = (text: string) => Buffer.from(text).toString("base64url");

function readCursor(cursor?: string) {
  if (cursor === undefined) return Infinity;
  const text = Buffer.from(cursor, "base64url").toString();
  if (!/^\d{1,15}$/.test(text)) throw invalid({ field: "/query/cursor", problem: "is no cursor of this server" });
  return Number(text);
}
