import { once } from "node:events";
import { createServer } from "node:http";

import { Server } from "socket.io";

import { authRoutes } from "./auth/auth.controller.js";
import { AuthService } from "./auth/auth.service.js";
import { PasswordsService } from "./auth/passwords.service.js";
import { TokensService } from "./auth/tokens.service.js";
import { conversationRoutes } from "./conversations/conversations.controller.js";
import { ConversationsRepository } from "./conversations/conversations.repository.js";
import { ConversationsService } from "./conversations/conversations.service.js";
import { ChatGateway } from "./gateway/chat.gateway.js";
import { RoomsService } from "./gateway/rooms.service.js";
import { Api, INERT } from "./http/api.js";
import { LimitsService } from "./limits/limits.service.js";
import { messageRoutes } from "./messages/messages.controller.js";
import { MessagesRepository } from "./messages/messages.repository.js";
import { MessagesService } from "./messages/messages.service.js";
import { PresenceService } from "./presence/presence.service.js";
import { receiptRoutes } from "./receipts/receipts.controller.js";
import { ReceiptsService } from "./receipts/receipts.service.js";
import { MemoryStorage } from "./storage/memory.storage.js";
import { TypingService } from "./typing/typing.service.js";
import { userRoutes } from "./users/users.controller.js";
import { UsersService } from "./users/users.service.js";

const HANDSHAKE_MS = 10_000;

/** Put everything together. The services need each other, and get what they need here alone. */
export async function createApp(config) {
  const { storage, adapter } = await connect(config.redisUrl);
  const services = createServices(config, storage);
  const gateway = new ChatGateway({ ...services, maxPayloadBytes: config.maxPayloadBytes });
  const routes = [authRoutes, userRoutes, conversationRoutes, messageRoutes, receiptRoutes];
  const api = new Api({
    routes: routes.flatMap((each) => each(services)),
    auth: services.auth,
    limits: services.limits,
    maxPayloadBytes: config.maxPayloadBytes,
  });
  if (config.sabotage) {
    const { sabotage } = await import("./sabotage/index.js");
    sabotage(config.sabotage, { ...services, gateway, api, adapter });
  }

  const http = createServer((request, response) => api.handle(request, response));
  const io = new Server(http, {
    adapter,
    serveClient: false,
    connectTimeout: HANDSHAKE_MS,
    pingInterval: 25_000,
    pingTimeout: 60_000,
    cors: { origin: config.allowedOrigins },
    allowRequest: ({ headers }, callback) => callback(null, isWelcome(headers, config.allowedOrigins)),
  });
  io.engine.on("headers", (headers) => Object.assign(headers, INERT));
  gateway.afterInit(io);

  return {
    get port() {
      return http.address().port;
    },
    async listen(port) {
      http.listen(port, "127.0.0.1");
      await once(http, "listening");
    },
    async close() {
      io.disconnectSockets(true);
      await io.close();
      services.typing.close();
      await services.presence.close();
      await storage.close();
    },
  };
}

async function connect(redisUrl) {
  if (redisUrl === undefined) return { storage: new MemoryStorage() };
  // One instance does not need it, and starts faster without.
  const { RedisStorage } = await import("./storage/redis.storage.js");
  const { RedisAdapter } = await import("./gateway/redis.adapter.js");
  const storage = await RedisStorage.open(redisUrl);
  return { storage, adapter: await RedisAdapter.connect(storage.client) };
}

function createServices(config, storage) {
  const rooms = new RoomsService();
  const limits = new LimitsService({ storage, limits: config.limits });
  const typing = new TypingService({ storage, rooms, durationMs: config.typingMs });
  const conversationsRepository = new ConversationsRepository(storage);
  const messagesRepository = new MessagesRepository(storage, conversationsRepository);
  const conversations = new ConversationsService({ repository: conversationsRepository, rooms, typing });
  const users = new UsersService({ storage, conversations });
  const messages = new MessagesService({ repository: messagesRepository, conversations, rooms, typing });
  // They need each other.
  Object.assign(conversations, { messages, users });
  const receipts = new ReceiptsService({ conversations, messages, rooms });
  const presence = new PresenceService({
    storage,
    conversations,
    rooms,
    maxConnections: config.maxConnections,
    graceMs: config.offlineGraceMs,
  });
  const tokens = new TokensService(config.jwtSecret, config.accessTokenSeconds);
  const passwords = new PasswordsService(config.passwordCost);
  const lifetimeSeconds = config.accessTokenSeconds;
  const auth = new AuthService({ storage, users, tokens, passwords, rooms, lifetimeSeconds });
  return { auth, conversations, limits, messages, passwords, presence, receipts, rooms, storage, tokens, typing, users };
}

/** Whether a page of this origin may connect: programs have none, and pages of this server may. */
function isWelcome({ origin, host }, allowedOrigins) {
  return origin === undefined || allowedOrigins.includes(origin) || /^https?:\/\/(.*)$/.exec(origin)?.[1] === host;
}
