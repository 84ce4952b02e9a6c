import { createParamDecorator, type ExecutionContext } from "@nestjs/common";

/** Whom a token stands for; `expiresAt` is in milliseconds. */
export interface CurrentUserData {
  userId: string;
  sessionId?: string;
  expiresAt?: number;
}

export function userOf(context: ExecutionContext): CurrentUserData | undefined {
  return context.getType() === "ws"
    ? context.switchToWs().getClient().data.user
    : context.switchToHttp().getRequest().user;
}

/** Gives the caller, or one property of it: `@CurrentUser("userId") userId: string`. */
export const CurrentUser = createParamDecorator(
  (property: keyof CurrentUserData | undefined, context: ExecutionContext) =>
    property ? userOf(context)?.[property] : userOf(context),
);
