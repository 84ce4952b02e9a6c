import { HttpException, Logger } from "@nestjs/common";

export const STATUS = {
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  VALIDATION_ERROR: 400,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  CONNECTION_ERROR: 503,
} as const;

export type Code = keyof typeof STATUS;

/** `field` is a JSON Pointer. */
export interface FieldProblem {
  field: string;
  problem: string;
}

export interface Reason {
  code: Code;
  message: string;
  details?: { fields?: FieldProblem[]; retryAfterMs?: number };
}

/** A refusal that clients are told of, over REST as over Socket.IO. */
export class ChatException extends HttpException {
  constructor(readonly reason: Reason) {
    super(reason.message, STATUS[reason.code]);
  }
}

const refusal = (code: Code) => (message: string) => new ChatException({ code, message });

export const unauthorized = refusal("UNAUTHORIZED");
export const forbidden = refusal("FORBIDDEN");
export const notFound = refusal("NOT_FOUND");
export const conflict = refusal("CONFLICT");
export const payloadTooLarge = () => refusal("PAYLOAD_TOO_LARGE")("More than the server accepts at once");
export const tooManyConnections = () => refusal("CONNECTION_ERROR")("Too many connections of this user");

export const rateLimited = (retryAfterMs: number) =>
  new ChatException({ code: "RATE_LIMITED", message: "Too many requests, try again later", details: { retryAfterMs } });

export function invalid(...fields: FieldProblem[]) {
  const message = fields[0] ? `${fields[0].field || "payload"} ${fields[0].problem}` : "This is not valid";
  return new ChatException({
    code: "VALIDATION_ERROR",
    message: message.slice(0, 1000),
    details: { fields: fields.slice(0, 100) },
  });
}

const logger = new Logger("Chat");

/** What a client may know of an error: of those that are not meant for it, nothing. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof ChatException) return error.reason;
  // What Nest and Express refuse by themselves: unknown paths, bodies that are too large or no JSON.
  const status = error instanceof HttpException ? error.getStatus() : (error as { status?: number } | null)?.status;
  if (status === STATUS.NOT_FOUND) return notFound("There is no such path").reason;
  if (status === STATUS.PAYLOAD_TOO_LARGE) return payloadTooLarge().reason;
  if (status !== undefined && status < STATUS.INTERNAL_ERROR) {
    return invalid({ field: "", problem: "cannot be read" }).reason;
  }
  logger.error(error instanceof Error ? error.stack : error);
  return { code: "INTERNAL_ERROR", message: "Something went wrong" };
}
