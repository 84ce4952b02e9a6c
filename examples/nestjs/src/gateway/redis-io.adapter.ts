import type { INestApplication } from "@nestjs/common";
import { IoAdapter } from "@nestjs/platform-socket.io";
import type { RedisClientType } from "@redis/client";
import { createAdapter } from "@socket.io/redis-adapter";
import { Emitter } from "@socket.io/redis-emitter";
import type { Server, ServerOptions } from "socket.io";

import { Config } from "../config";
import { REDIS } from "../storage/redis.storage";
import { RoomService } from "./room.service";

/** What every answer has, so that no browser takes it for a page. */
export const INERT = {
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
};

// What goes from instance to instance is JSON: the msgpack of the adapter loses what clients attach as `__proto__`.
const parser = {
  encode: (value: unknown) => JSON.stringify(value),
  decode: (text: Buffer): unknown => JSON.parse(text.toString()),
};

/** Makes the Socket.IO server; with Redis, one that is the same over all instances. */
export class RedisIoAdapter extends IoAdapter {
  private subscriber?: RedisClientType;

  constructor(private readonly app: INestApplication) {
    super(app);
  }

  /** To be awaited before the application listens: a server that was made before has no part in it. */
  async connectToRedis() {
    const publisher = this.publisher();
    if (publisher === undefined) return;
    const subscriber = publisher.duplicate();
    subscriber.on("error", (error: Error) => console.error(`Redis: ${error.message}`));
    this.subscriber = await subscriber.connect();
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { allowedOrigins } = this.app.get(Config);
    const server: Server = super.createIOServer(port, {
      ...options,
      serveClient: false,
      connectTimeout: 10_000,
      pingInterval: 25_000,
      pingTimeout: 60_000,
      cors: { origin: allowedOrigins },
      allowRequest: ({ headers }, callback) => callback(null, isWelcome(headers, allowedOrigins)),
    } as ServerOptions);
    server.engine.on("headers", (headers) => Object.assign(headers, INERT));

    const rooms = this.app.get(RoomService);
    rooms.setBroadcaster(server);
    const publisher = this.publisher();
    if (publisher && this.subscriber) {
      server.adapter(createAdapter(publisher, this.subscriber, { parser }));
      // The adapter hands broadcasts to this instance's own clients at once, before what others published earlier has
      // come. By the Emitter they come to all instances from Redis, in one order.
      rooms.setBroadcaster(new Emitter(publisher, { parser }));
    }
    return server;
  }

  private publisher() {
    return this.app.get<RedisClientType | undefined>(REDIS);
  }

  override async dispose() {
    await this.subscriber?.close();
  }
}

/** Whether a page of this origin may connect: programs have none, and pages of this server may. */
function isWelcome({ origin, host }: { origin?: string; host?: string }, allowedOrigins: string[]) {
  return origin === undefined || allowedOrigins.includes(origin) || /^https?:\/\/(.*)$/.exec(origin)?.[1] === host;
}
