import { type CanActivate, type ExecutionContext, Injectable } from "@nestjs/common";

import { unauthorized } from "../common/chat.exception";
import type { AuthenticatedSocket } from "./authenticated-socket";

/** Lets in events of connections whose token was good (see ChatGateway.authenticate). */
@Injectable()
export class WsAuthGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    if (context.switchToWs().getClient<AuthenticatedSocket>().data.user) return true;
    throw unauthorized("The token is missing or not valid");
  }
}
