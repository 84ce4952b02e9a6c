// A client of the server under test: the official Socket.IO client, with everything that arrived kept in order.

import { createHmac, randomUUID } from "node:crypto";
import { io } from "socket.io-client";

export const SERVER = process.env.PALAVER_URL;
const { origin: ORIGIN, pathname: PATH } = new URL(SERVER);
const PATIENCE_MS = 10_000;

/** Send a REST request, to the server under test unless another one is named; return its status and body, parsed. */
export async function request(method, path, { token, body, server = SERVER } = {}) {
  const response = await fetch(`${server}${path}`, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { "Content-Type": "application/json" }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text && JSON.parse(text) };
}

/** Register a new user; return the session: accessToken, refreshToken, user. */
export async function register(name) {
  const username = `${name}-${randomUUID().slice(0, 8)}`;
  const { status, body } = await request("POST", "/auth/register", { body: { username, password: randomUUID() } });
  if (status !== 201) throw new Error(`registering ${username} was answered by ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Sign a token for a user, as the service does that shares the server's secret; its user exists once it was used. */
export function sign(user) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const claims = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: user, exp })}`;
  return `${claims}.${createHmac("sha256", process.env.PALAVER_JWT_SECRET).update(claims).digest("base64url")}`;
}

export class Client {
  /**
   * Start to connect with this token, or none, over these transports, or those that the client chooses by default;
   * `options` go before those that stand here. The namespace is `/` unless another is named.
   */
  constructor(token, transports, { namespace = "/", ...options } = {}) {
    this.arrived = [];
    this.waiting = new Set();
    this.socket = io(`${ORIGIN}${namespace}`, {
      path: `${PATH.replace(/\/$/, "")}/socket.io/`,
      auth: token === undefined ? {} : { token },
      forceNew: true,
      reconnection: false,
      ...(transports && { transports }),
      ...options,
    });
    this.socket.onAny((event, payload) => this.#arrive(event, payload));
    this.socket.on("disconnect", (reason) => this.#arrive("(disconnect)", reason));
    this.socket.on("connect_error", (error) => this.#arrive("(connect_error)", error.message));
  }

  /** Return the payload of the first event of this name that has not been taken yet, waiting for it if need be. */
  next(event) {
    return new Promise((resolve, reject) => {
      const take = () => {
        const place = this.arrived.findIndex((one) => one.event === event);
        if (place < 0) return false;
        clearTimeout(timer);
        this.waiting.delete(take);
        resolve(this.arrived.splice(place, 1)[0].payload);
        return true;
      };
      const timer = setTimeout(() => {
        this.waiting.delete(take);
        reject(new Error(`no ${event} within ${PATIENCE_MS} ms; what arrived: ${JSON.stringify(this.arrived)}`));
      }, PATIENCE_MS);
      this.waiting.add(take);
      take();
    });
  }

  /** Send an event and return its acknowledgement. */
  ask(event, payload) {
    return this.socket.timeout(PATIENCE_MS).emitWithAck(event, payload);
  }

  close() {
    this.socket.disconnect();
  }

  #arrive(event, payload) {
    this.arrived.push({ event, payload });
    for (const take of [...this.waiting]) if (take()) break;
  }
}
