import { createHash, randomBytes, randomUUID } from "node:crypto";

import { Injectable } from "@nestjs/common";
import { JwtService } from "@nestjs/jwt";

import { unauthorized } from "../common/chat.exception";
import { Config } from "../config";
import { RoomService } from "../gateway/room.service";
import { LimitsService } from "../limits/limits.service";
import { Storage } from "../storage/storage";
import { type User, UsersService } from "../users/users.service";
import type { LoginDto, RegisterDto } from "./auth.dto";
import type { CurrentUserData } from "./current-user.decorator";
import { PasswordsService } from "./passwords.service";

interface Session {
  userId: string;
  refreshHash: string;
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const keyOf = (sessionId: string) => `session:${sessionId}`;

/** Registering, signing in and out, and finding out who calls. */
@Injectable()
export class AuthService {
  constructor(
    private readonly config: Config,
    private readonly jwt: JwtService,
    private readonly limits: LimitsService,
    private readonly passwords: PasswordsService,
    private readonly rooms: RoomService,
    private readonly storage: Storage,
    private readonly users: UsersService,
  ) {}

  async register({ username, password, displayName }: RegisterDto) {
    const passwordHash = await this.passwords.hash(password);
    return this.issue(await this.users.create(username, displayName, passwordHash), randomUUID());
  }

  async login({ username, password }: LoginDto) {
    await this.limits.count("signIns", username.toLowerCase());
    const user = await this.users.findByName(username);
    if (!(await this.passwords.matches(password, user?.passwordHash)) || !user) {
      throw unauthorized("The user name or the password is wrong");
    }
    return this.issue(user, randomUUID());
  }

  /** Exchange a refresh token. One that was used before ends its session: one of the two who have it stole it. */
  async refresh(refreshToken: string) {
    const [sessionId = ""] = refreshToken.split(".");
    return this.storage.exclusively<Session, unknown>(keyOf(sessionId), async (session) => {
      if (session && session.refreshHash !== digest(refreshToken)) await this.end(sessionId);
      const user = session?.refreshHash === digest(refreshToken) ? await this.users.find(session.userId) : undefined;
      if (!user) throw unauthorized("The refresh token is not valid");
      return this.issue(user, sessionId);
    });
  }

  async logout({ sessionId }: CurrentUserData) {
    if (sessionId) await this.end(sessionId);
  }

  /** Whom a token stands for. Somebody who is new here, with a token of another service, is welcome. */
  async authenticate(token: unknown): Promise<CurrentUserData> {
    const user = await this.read(token);
    const [lives] = await Promise.all([this.lives(user.sessionId), this.users.welcome(user.userId)]);
    if (!lives) throw unauthorized("The session has ended");
    return user;
  }

  /** Whether a session has not ended; tokens of another service have none. */
  async lives(sessionId?: string) {
    return sessionId === undefined || (await this.storage.get(keyOf(sessionId))) !== undefined;
  }

  private async read(token: unknown): Promise<CurrentUserData> {
    try {
      const { header, payload } = await this.jwt.verifyAsync<{ header: object; payload: Record<string, unknown> }>(
        String(token),
        { algorithms: ["HS256"], complete: true },
      );
      const userId = payload.externalUserId ?? payload.sub;
      const sessionId = payload.sid as string | undefined;
      const expiresAt = payload.exp === undefined ? undefined : Number(payload.exp) * 1000;
      const isOurs = payload.aud === undefined && !("crit" in header);
      if (isOurs && typeof userId === "string" && /^[^\0]{1,255}$/s.test(userId)) return { userId, sessionId, expiresAt };
    } catch {
      // It is no token of ours: refused like everything else that is none.
    }
    throw unauthorized("The token is missing or not valid");
  }

  private async issue(user: User, sessionId: string) {
    const refreshToken = `${sessionId}.${randomBytes(24).toString("base64url")}`;
    const session: Session = { userId: user.id, refreshHash: digest(refreshToken) };
    await this.storage.commit((write) => write.set(keyOf(sessionId), session));
    return {
      accessToken: await this.jwt.signAsync({ sub: user.id, sid: sessionId }),
      refreshToken,
      expiresIn: this.config.accessTokenSeconds,
      user: this.users.view(user),
    };
  }

  private async end(sessionId: string) {
    await this.storage.remove(keyOf(sessionId));
    this.rooms.disconnectSession(sessionId);
  }
}
