import { randomBytes } from "node:crypto";

import { Injectable } from "@nestjs/common";

/** Settings, all from the environment. */
@Injectable()
export class Config {
  readonly port = Number(process.env.PORT ?? 4001);
  /** Without it everything is kept in memory, and there is one instance. */
  readonly redisUrl = process.env.REDIS_URL;
  readonly jwtSecret = process.env.JWT_SECRET ?? randomBytes(32).toString("hex");
  readonly accessTokenSeconds = 900;
  /** The N of scrypt: tests, which register people by the hundred, take less. */
  readonly passwordCost = Number(process.env.PASSWORD_COST ?? 16384);
  readonly allowedOrigins = (process.env.ALLOWED_ORIGINS ?? "").split(",").filter(Boolean);
  readonly maxPayloadBytes = 64 * 1024;
  readonly maxConnections = 10;
  readonly offlineGraceMs = 1500;
  readonly typingMs = 6000;
  readonly limits = {
    messages: { burst: 100, perSecond: 5 },
    requests: { burst: 200, perSecond: 10 },
    signIns: { burst: 20, perSecond: 1 },
  };
}
