import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, SetMetadata } from "@nestjs/common";
import { Reflector } from "@nestjs/core";

import { userOf } from "../auth/current-user.decorator";
import { payloadTooLarge } from "../common/chat.exception";
import { Config } from "../config";
import { LimitsService } from "./limits.service";

const MESSAGE = "countsAsMessage";

/** Marks what counts as a message, besides as a request. */
export const CountsAsMessage = () => SetMetadata(MESSAGE, true);

/** Counts what users ask for. */
@Injectable()
export class LimitsInterceptor implements NestInterceptor {
  constructor(
    private readonly config: Config,
    private readonly limits: LimitsService,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler) {
    const user = userOf(context);
    if (user) await this.limits.count("requests", user.userId);
    if (user && this.reflector.get(MESSAGE, context.getHandler())) await this.limits.count("messages", user.userId);
    // For REST, the body parser sees to it.
    if (context.getType() === "ws" && sizeOf(context.switchToWs().getData()) > this.config.maxPayloadBytes) {
      throw payloadTooLarge();
    }
    return next.handle();
  }
}

/** The bytes of a payload; what is nested deeper than can be written has no end. */
function sizeOf(payload: unknown) {
  try {
    return Buffer.byteLength(JSON.stringify(payload) ?? "");
  } catch {
    return Infinity;
  }
}
