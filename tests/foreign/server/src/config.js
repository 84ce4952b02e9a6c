import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";

/** Settings from the command line and the environment. */
export function readConfig(args, env) {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string", default: "4001" },
      redis: { type: "string" },
      sabotage: { type: "string" },
    },
  });
  if (values.redis && !env.JWT_SECRET) {
    throw new Error("several instances need the same JWT_SECRET");
  }
  return {
    port: Number(values.port),
    redisUrl: values.redis,
    sabotage: values.sabotage,
    jwtSecret: env.JWT_SECRET ?? randomBytes(32).toString("hex"),
    accessTokenSeconds: 900,
    // The N of scrypt: tests, which register people by the hundred, take less.
    passwordCost: Number(env.PASSWORD_COST ?? 16384),
    allowedOrigins: (env.ALLOWED_ORIGINS ?? "").split(",").filter(Boolean),
    maxPayloadBytes: 64 * 1024,
    maxConnections: 10,
    offlineGraceMs: 1500,
    typingMs: 6000,
    limits: {
      messages: { burst: 100, perSecond: 5 },
      requests: { burst: 200, perSecond: 10 },
      signIns: { burst: 20, perSecond: 1 },
    },
  };
}
