import { createHmac, timingSafeEqual } from "node:crypto";

import { unauthorized } from "../errors.js";

const LEEWAY_SECONDS = 5;
const MAX_USER_ID = 255;

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part) => JSON.parse(Buffer.from(part, "base64url").toString());

/** Issues and reads JSON Web Tokens, signed with HMAC-SHA256 and nothing else. */
export class TokensService {
  constructor(secret, lifetimeSeconds) {
    this.secret = secret;
    this.lifetimeSeconds = lifetimeSeconds;
  }

  issue(userId, sessionId) {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: userId, sid: sessionId, iat: now, exp: now + this.lifetimeSeconds };
    const head = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
    return `${head}.${this.signature(head).toString("base64url")}`;
  }

  /** Whom a token stands for: {userId, sessionId?, expiresAt?}, the last in milliseconds. */
  read(token) {
    const claims = this.claims(token);
    const userId = claims.externalUserId ?? claims.sub;
    if (typeof userId !== "string" || !userId || userId.length > MAX_USER_ID || userId.includes("\0")) {
      throw this.refusal();
    }
    this.requireTimely(claims);
    return {
      userId,
      sessionId: claims.sid,
      expiresAt: claims.exp === undefined ? undefined : claims.exp * 1000,
    };
  }

  claims(token) {
    const parts = typeof token === "string" ? token.split(".") : [];
    if (parts.length !== 3) throw this.refusal();
    const [header, payload, signature] = parts;
    const wanted = this.signature(`${header}.${payload}`);
    const given = Buffer.from(signature, "base64url");
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw this.refusal();
    try {
      const { alg, crit } = decode(header);
      const claims = decode(payload);
      if (alg === "HS256" && crit === undefined && claims !== null && typeof claims === "object") return claims;
    } catch {
      // It is no JSON: refused like everything else that is no token of ours.
    }
    throw this.refusal();
  }

  requireTimely({ exp, nbf, aud }) {
    const now = Date.now() / 1000;
    const known = (time) => time === undefined || Number.isFinite(time);
    if (!known(exp) || !known(nbf) || aud !== undefined) throw this.refusal();
    if (exp !== undefined && exp <= now) throw this.refusal();
    if (nbf !== undefined && nbf > now + LEEWAY_SECONDS) throw this.refusal();
  }

  signature(head) {
    return createHmac("sha256", this.secret).update(head).digest();
  }

  refusal() {
    return unauthorized("The token is missing or not valid");
  }
}
