/** Requests, typed by the `Paths` of a dialect. */

import { Refusal } from "./chat.js";
import type { FrameLog } from "./frames.js";

type Given<E> = Omit<E, "responses" | "errors">;
type Success<E> = E extends { responses: infer R } ? R[keyof R & (200 | 201 | 204)] : never;

interface Parts {
  path?: object;
  query?: object;
  body?: unknown;
}

/** What refusals look like: an object of its own in most dialects, a text with a code beside it in others. */
interface RefusalBody {
  code?: string;
  error?: string | { code: string; message: string; details?: { fields?: { field: string; problem: string }[] } };
}

export class Rest<Paths> {
  private readonly base: URL;
  private readonly log: FrameLog;
  private readonly token: (() => Promise<string>) | undefined;

  constructor(base: URL, log: FrameLog, token?: () => Promise<string>) {
    this.base = base;
    this.log = log;
    this.token = token;
  }

  /** Raises Refusal when the server says no, or nothing. */
  async ask<P extends keyof Paths & string, V extends keyof Paths[P] & string>(
    verb: V,
    path: P,
    given: Given<Paths[P][V]>,
  ): Promise<Success<Paths[P][V]>> {
    const parts: Parts = given;
    const values = new Map(Object.entries(parts.path ?? {}));
    const place = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values.get(name))));
    const query = new URLSearchParams(
      Object.entries(parts.query ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    );
    const target = `${place.slice(1)}${query.size ? `?${query}` : ""}`;
    const body = parts.body === undefined ? undefined : JSON.stringify(parts.body);
    const headers = new Headers();
    if (this.token) headers.set("Authorization", `Bearer ${await this.token()}`);
    if (body !== undefined) headers.set("Content-Type", "application/json");
    const method = verb.toUpperCase();
    this.log.add("out", `${method} /${target}`, body);
    let response: Response;
    try {
      response = await fetch(new URL(target, this.base), { method, headers, ...(body !== undefined && { body }) });
    } catch {
      throw new Refusal("CONNECTION_ERROR", "The server does not answer.");
    }
    const text = await response.text();
    this.log.add("in", `${response.status} ${method} /${target}`, text);
    const content: unknown = text ? JSON.parse(text) : undefined;
    if (!response.ok) throw refusal(content as RefusalBody, response.status);
    return content as Success<Paths[P][V]>;
  }
}

function refusal(body: RefusalBody | undefined, status: number): Refusal {
  const { code, error } = body ?? {};
  if (typeof error === "object") {
    const problems = (error.details?.fields ?? []).map(({ field, problem }) => `${field.split("/").pop()}: ${problem}`);
    return new Refusal(error.code, problems.length ? problems.join("; ") : error.message);
  }
  return new Refusal(code ?? "INTERNAL_ERROR", error ?? `The server answered with ${status}.`);
}
