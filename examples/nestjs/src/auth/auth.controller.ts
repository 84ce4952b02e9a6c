import { Body, Controller, HttpCode, Post } from "@nestjs/common";

import { LoginDto, RefreshDto, RegisterDto } from "./auth.dto";
import { AuthService } from "./auth.service";
import { CurrentUser, type CurrentUserData } from "./current-user.decorator";
import { Public } from "./jwt-auth.guard";

@Controller("auth")
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Public()
  @Post("register")
  register(@Body() dto: RegisterDto) {
    return this.auth.register(dto);
  }

  @Public()
  @Post("login")
  @HttpCode(200)
  login(@Body() dto: LoginDto) {
    return this.auth.login(dto);
  }

  @Public()
  @Post("refresh")
  @HttpCode(200)
  refresh(@Body() { refreshToken }: RefreshDto) {
    return this.auth.refresh(refreshToken);
  }

  @Post("logout")
  @HttpCode(204)
  logout(@CurrentUser() user: CurrentUserData) {
    return this.auth.logout(user);
  }
}
