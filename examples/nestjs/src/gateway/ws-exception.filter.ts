import { type ArgumentsHost, Catch, type WsExceptionFilter as Filter } from "@nestjs/common";

import { type Reason, reasonOf } from "../common/chat.exception";
import type { AuthenticatedSocket } from "./authenticated-socket";

export const errorEvent = (error: Reason, originalEvent?: string) => ({
  ...error,
  timestamp: new Date().toISOString(),
  originalEvent,
});

/** Answers an event that was refused: by the event `error`, and by the acknowledgement if the client wants one. */
@Catch()
export class WsExceptionFilter implements Filter {
  catch(exception: unknown, host: ArgumentsHost) {
    const error = reasonOf(exception);
    const context = host.switchToWs();
    context.getClient<AuthenticatedSocket>().emit("error", errorEvent(error, context.getPattern()));
    // Nest acknowledges what a handler returns; what it throws is ours to acknowledge.
    const acknowledge = host.getArgs().find((argument) => typeof argument === "function");
    acknowledge?.({ success: false, error });
  }
}
