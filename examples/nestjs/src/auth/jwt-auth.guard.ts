import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from "@nestjs/common";
import { Reflector } from "@nestjs/core";

import { AuthService } from "./auth.service";

const PUBLIC = "public";

/** Marks what needs no token. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Lets in REST requests with a good token. */
@Injectable()
export class JwtAuthGuard implements CanActivate {
  constructor(
    private readonly auth: AuthService,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext) {
    if (this.reflector.get(PUBLIC, context.getHandler())) return true;
    const request = context.switchToHttp().getRequest();
    const [, token] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
    request.user = await this.auth.authenticate(token);
    return true;
  }
}
