/** A refusal that clients are told of. Whatever else is thrown is a bug, and tells them nothing. */
export class ChatError extends Error {
  constructor(code, message, details) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

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
};

const MAX_MESSAGE = 1000;
const MAX_FIELDS = 100;

export const unauthorized = (message) => new ChatError("UNAUTHORIZED", message);
export const forbidden = (message) => new ChatError("FORBIDDEN", message);
export const notFound = (message) => new ChatError("NOT_FOUND", message);
export const conflict = (message) => new ChatError("CONFLICT", message);
export const payloadTooLarge = () => new ChatError("PAYLOAD_TOO_LARGE", "More than the server accepts at once");
export const rateLimited = (retryAfterMs) =>
  new ChatError("RATE_LIMITED", "Too many requests, try again later", { retryAfterMs });
export const tooManyConnections = () => new ChatError("CONNECTION_ERROR", "Too many connections of this user");

/** `fields` is a list of {field, problem}: a JSON Pointer, and what is wrong there. */
export function invalid(fields) {
  const [{ field, problem }] = fields;
  const message = `${field || "payload"} ${problem}`.slice(0, MAX_MESSAGE);
  return new ChatError("VALIDATION_ERROR", message, { fields: fields.slice(0, MAX_FIELDS) });
}

/** What a client may know of an error. */
export function reasonOf(error) {
  if (error instanceof ChatError) {
    const { code, message, details } = error;
    return details ? { code, message, details } : { code, message };
  }
  console.error(error);
  return { code: "INTERNAL_ERROR", message: "Something went wrong" };
}
