import type { Paths } from "@contract/gateway";

type Given<E> = Omit<E, "responses" | "errors">;
type Success<E> = E extends { responses: infer R } ? R[keyof R & (200 | 201 | 204)] : never;

/** A refusal, with its code. */
export class RefusedError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Requests to the REST endpoints below an address: path, verb, what is given and what comes back are as documented. */
export class Rest {
  token: string | undefined;

  constructor(private readonly base: string) {}

  async request<P extends keyof Paths, V extends keyof Paths[P] & string>(
    verb: V,
    path: P,
    given: Given<Paths[P][V]>,
  ): Promise<Success<Paths[P][V]>> {
    const parts: { path?: object; query?: object; body?: unknown } = given;
    const values = new Map<string, unknown>(Object.entries(parts.path ?? {}));
    const address = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values.get(name))));
    const query = new URLSearchParams(Object.entries(parts.query ?? {}).map(([name, value]) => [name, String(value)]));
    const response = await fetch(`${this.base}${address}?${query}`, {
      method: verb.toUpperCase(),
      headers: { "Content-Type": "application/json", ...(this.token && { Authorization: `Bearer ${this.token}` }) },
      ...(parts.body !== undefined && { body: JSON.stringify(parts.body) }),
    });
    const body = response.status === 204 ? undefined : await response.json();
    if (!response.ok) throw new RefusedError(body.error.code, body.error.message);
    return body;
  }
}
