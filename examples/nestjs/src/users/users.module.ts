import { Module } from "@nestjs/common";

import { ConversationsRepository } from "../conversations/conversations.repository";
import { UsersController } from "./users.controller";
import { UsersService } from "./users.service";

@Module({
  controllers: [UsersController],
  providers: [ConversationsRepository, UsersService],
  exports: [UsersService],
})
export class UsersModule {}
