import { Controller, Get, Param } from "@nestjs/common";

import { CurrentUser } from "../auth/current-user.decorator";
import { UserId } from "../common/fields";
import { UsersService } from "./users.service";

class UserPath {
  @UserId() userId: string;
}

@Controller("users")
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get("me")
  me(@CurrentUser("userId") callerId: string) {
    return this.users.look(callerId, callerId);
  }

  @Get(":userId")
  find(@CurrentUser("userId") callerId: string, @Param() { userId }: UserPath) {
    return this.users.look(callerId, userId);
  }
}
