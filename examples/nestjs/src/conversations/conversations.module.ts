import { Module } from "@nestjs/common";

import { ConnectionService } from "../gateway/connection.service";
import { MessagesRepository } from "../messages/messages.repository";
import { UsersModule } from "../users/users.module";
import { ConversationsController } from "./conversations.controller";
import { ConversationsRepository } from "./conversations.repository";
import { ConversationsService } from "./conversations.service";

@Module({
  imports: [UsersModule],
  controllers: [ConversationsController],
  providers: [ConnectionService, ConversationsRepository, ConversationsService, MessagesRepository],
  exports: [ConnectionService, ConversationsRepository, ConversationsService, MessagesRepository],
})
export class ConversationsModule {}
