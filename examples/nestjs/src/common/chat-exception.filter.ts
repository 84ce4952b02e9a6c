import { type ArgumentsHost, Catch, type ExceptionFilter } from "@nestjs/common";
import type { Response } from "express";

import { reasonOf, STATUS } from "./chat.exception";

/** Answers whatever a REST request ends with, if not with success. */
@Catch()
export class ChatExceptionFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost) {
    const response = host.switchToHttp().getResponse<Response>();
    const error = reasonOf(exception);
    if (error.code === "UNAUTHORIZED") response.set("WWW-Authenticate", "Bearer");
    if (error.details?.retryAfterMs !== undefined) {
      response.set("Retry-After", String(Math.ceil(error.details.retryAfterMs / 1000)));
    }
    response.status(STATUS[error.code]).json({ error });
  }
}
