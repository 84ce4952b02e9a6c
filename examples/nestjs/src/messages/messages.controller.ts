import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from "@nestjs/common";

import { CurrentUser } from "../auth/current-user.decorator";
import { invalid } from "../common/chat.exception";
import { ConversationPath } from "../conversations/conversations.dto";
import { CountsAsMessage } from "../limits/limits.interceptor";
import { HistoryQuery, MessageChangeDto, MessagePath, NewMessageDto, ReadMarkDto } from "./messages.dto";
import { MessagesService } from "./messages.service";
import { ReceiptsService } from "./receipts.service";

@Controller()
export class MessagesController {
  constructor(
    private readonly messages: MessagesService,
    private readonly receipts: ReceiptsService,
  ) {}

  @Get("conversations/:conversationId/messages")
  history(
    @CurrentUser("userId") callerId: string,
    @Param() { conversationId }: ConversationPath,
    @Query() query: HistoryQuery,
  ) {
    if (query.before !== undefined && query.after !== undefined) {
      throw invalid({ field: "/query/after", problem: "is not for use together with before" });
    }
    return this.messages.history(callerId, conversationId, query);
  }

  @Post("conversations/:conversationId/messages")
  @CountsAsMessage()
  send(
    @CurrentUser("userId") callerId: string,
    @Param() { conversationId }: ConversationPath,
    @Body() dto: NewMessageDto,
  ) {
    return this.messages.send(callerId, conversationId, dto);
  }

  @Patch("messages/:messageId")
  edit(
    @CurrentUser("userId") callerId: string,
    @Param() { messageId }: MessagePath,
    @Body() { content }: MessageChangeDto,
  ) {
    return this.messages.edit(callerId, messageId, content);
  }

  @Delete("messages/:messageId")
  @HttpCode(204)
  delete(@CurrentUser("userId") callerId: string, @Param() { messageId }: MessagePath) {
    return this.messages.delete(callerId, messageId);
  }

  @Post("conversations/:conversationId/read")
  @HttpCode(200)
  async markRead(
    @CurrentUser("userId") callerId: string,
    @Param() { conversationId }: ConversationPath,
    @Body() { messageId }: ReadMarkDto,
  ) {
    return { conversationId, ...(await this.receipts.mark(callerId, conversationId, messageId)) };
  }

  @Get("conversations/:conversationId/unread")
  async unread(@CurrentUser("userId") callerId: string, @Param() { conversationId }: ConversationPath) {
    return { conversationId, ...(await this.receipts.unread(callerId, conversationId)) };
  }
}
