import { STATUS, invalid, payloadTooLarge, reasonOf, unauthorized } from "../errors.js";
import { nothing } from "../validation/schemas.js";
import { validate } from "../validation/validator.js";
import { Router, WrongMethod } from "./router.js";

const METHOD_NOT_ALLOWED = 405;

/** What every answer has, so that no browser takes it for a page. */
export const INERT = {
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
};

/** The REST side: reads a request, finds out who calls, validates, has a controller answer, and writes that. */
export class Api {
  constructor({ routes, auth, limits, maxPayloadBytes }) {
    Object.assign(this, { auth, limits, maxPayloadBytes });
    this.router = new Router(routes);
  }

  async handle(request, response) {
    try {
      const { status, body } = await this.answer(request);
      write(response, status, body);
    } catch (error) {
      this.refuse(response, error);
    }
  }

  async answer(request) {
    const text = await this.read(request);
    const [path, search = ""] = request.url.split("?", 2);
    const { route, params } = this.router.find(request.method, path);
    const caller = route.open ? undefined : await this.authenticate(request, route.limits);
    const query = readQuery(new URLSearchParams(search));
    validate(route.params ?? nothing, params, "/path");
    validate(route.query ?? nothing, query, "/query");
    const body = route.body && readBody(text);
    if (route.body) validate(route.body, body);
    const reply = { status: route.status ?? 200 };
    const answer = await route.handle({ caller, params, query, body, reply });
    return { status: reply.status, body: answer };
  }

  async authenticate({ headers }, limits) {
    const [, token] = /^Bearer (.+)$/i.exec(headers.authorization ?? "") ?? [];
    if (token === undefined) throw unauthorized("The token is missing or not valid");
    const caller = await this.auth.authenticate(token);
    await this.limits.count(caller.userId, limits);
    return caller;
  }

  /** The body as text. What is too large is read to its end all the same, so that the client hears the answer. */
  async read(request) {
    const parts = [];
    let size = 0;
    for await (const part of request) {
      size += part.length;
      if (size <= this.maxPayloadBytes) parts.push(part);
    }
    if (size > this.maxPayloadBytes) throw payloadTooLarge();
    return Buffer.concat(parts).toString();
  }

  refuse(response, error) {
    const reason = reasonOf(error);
    const status = error instanceof WrongMethod ? METHOD_NOT_ALLOWED : STATUS[reason.code];
    if (error instanceof WrongMethod) response.setHeader("Allow", error.methods.join(", "));
    if (status === STATUS.UNAUTHORIZED) response.setHeader("WWW-Authenticate", "Bearer");
    if (reason.details?.retryAfterMs !== undefined) {
      response.setHeader("Retry-After", Math.ceil(reason.details.retryAfterMs / 1000));
    }
    write(response, status, { error: reason });
  }
}

/** The parameters of a query: whole numbers as numbers, everything else as text. */
function readQuery(parameters) {
  const names = [...parameters.keys()];
  const repeated = names.find((name, place) => names.indexOf(name) < place);
  if (repeated !== undefined) throw invalid([{ field: `/query/${repeated}`, problem: "is there more than once" }]);
  return Object.fromEntries([...parameters].map(([name, value]) => [name, name === "limit" ? number(value) : value]));
}

const number = (text) => (/^-?\d{1,9}$/.test(text) ? Number(text) : text);

function readBody(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid([{ field: "", problem: "is no JSON" }]);
  }
}

function write(response, status, body) {
  response.statusCode = status;
  for (const [name, value] of Object.entries(INERT)) response.setHeader(name, value);
  if (body === undefined) {
    response.end();
    return;
  }
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  response.end(JSON.stringify(body));
}
