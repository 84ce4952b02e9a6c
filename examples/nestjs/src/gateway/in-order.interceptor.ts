import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from "@nestjs/common";
import { EMPTY, from, lastValueFrom } from "rxjs";

import type { AuthenticatedSocket } from "./authenticated-socket";

/** Has the events of a connection handled in their order: Nest handles them all at once. */
@Injectable()
export class InOrderInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const socket = context.switchToWs().getClient<AuthenticatedSocket>();
    return from(
      socket.data.queue.add(async () =>
        lastValueFrom(socket.connected ? next.handle() : EMPTY, { defaultValue: undefined }),
      ),
    );
  }
}
