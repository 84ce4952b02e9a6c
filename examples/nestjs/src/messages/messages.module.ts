import { Module } from "@nestjs/common";

import { ConversationsModule } from "../conversations/conversations.module";
import { MessagesController } from "./messages.controller";
import { MessagesService } from "./messages.service";
import { ReceiptsService } from "./receipts.service";

@Module({
  imports: [ConversationsModule],
  controllers: [MessagesController],
  providers: [MessagesService, ReceiptsService],
  exports: [MessagesService, ReceiptsService],
})
export class MessagesModule {}
