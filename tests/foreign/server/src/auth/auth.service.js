import { createHash, randomBytes, randomUUID } from "node:crypto";

import { unauthorized } from "../errors.js";

const digest = (text) => createHash("sha256").update(text).digest("hex");
const keyOf = (sessionId) => `session:${sessionId}`;

/** Registering, signing in and out, and finding out who calls. */
export class AuthService {
  constructor({ storage, users, tokens, passwords, rooms, lifetimeSeconds }) {
    Object.assign(this, { storage, users, tokens, passwords, rooms, lifetimeSeconds });
  }

  async register({ username, password, displayName }) {
    const user = await this.users.create(username, displayName, await this.passwords.hash(password));
    return this.begin(user);
  }

  async login({ username, password }) {
    const user = await this.users.findByName(username);
    if (!(await this.passwords.matches(password, user?.passwordHash))) {
      throw unauthorized("The user name or the password is wrong");
    }
    return this.begin(user);
  }

  /** Exchange a refresh token. One that was used before ends its session: one of the two who have it stole it. */
  async refresh(refreshToken) {
    const [sessionId] = refreshToken.split(".");
    return this.storage.exclusively(keyOf(sessionId), async (session) => {
      if (!session) throw unauthorized("The refresh token is not valid");
      if (session.refreshHash !== digest(refreshToken)) {
        await this.end(sessionId);
        throw unauthorized("The refresh token is not valid");
      }
      return this.issue(await this.users.find(session.userId), sessionId);
    });
  }

  async logout({ sessionId }) {
    if (sessionId) await this.end(sessionId);
  }

  /** Whom a token stands for: {userId, sessionId?, expiresAt?}. */
  async authenticate(token) {
    const caller = this.tokens.read(token);
    const [lives] = await Promise.all([this.lives(caller.sessionId), this.users.welcome(caller.userId)]);
    if (!lives) throw unauthorized("The session has ended");
    return caller;
  }

  /** Whether a session has not ended; tokens of another service have none. */
  async lives(sessionId) {
    return sessionId === undefined || (await this.storage.get(keyOf(sessionId))) !== undefined;
  }

  async begin(user) {
    return this.issue(user, randomUUID());
  }

  async issue(user, sessionId) {
    const refreshToken = `${sessionId}.${randomBytes(24).toString("base64url")}`;
    const session = { userId: user.id, refreshHash: digest(refreshToken) };
    await this.storage.commit((write) => write.set(keyOf(sessionId), session));
    return {
      accessToken: this.tokens.issue(user.id, sessionId),
      refreshToken,
      expiresIn: this.lifetimeSeconds,
      user: this.users.view(user),
    };
  }

  async end(sessionId) {
    await this.storage.remove(keyOf(sessionId));
    this.rooms.disconnectSession(sessionId);
  }
}
