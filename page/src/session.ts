/** Who is signed in in this tab: another tab is somebody else, so tokens are kept for the tab alone. */

import type { FrameLog } from "./frames.js";
import { Rest } from "./rest.js";
import type * as wire from "../../generated/palaver_wire/typescript/gateway.js";

const KEY = "palaver.session";
/** Seconds before its end in which a token is not used any more. */
const MARGIN = 30;

interface Kept {
  accessToken: string;
  refreshToken?: string | undefined;
  /** When the token ends, in milliseconds since 1970. */
  until: number;
  user: { id: string; name: string };
}

export class Session {
  private kept: Kept | undefined = read();
  private refreshing: Promise<void> | undefined;
  private readonly rest: Rest<wire.Paths>;
  private readonly authorized: Rest<wire.Paths>;

  /** `base` is where there are accounts. */
  constructor(base: URL, log: FrameLog) {
    this.rest = new Rest(base, log);
    this.authorized = new Rest(base, log, () => this.token());
  }

  get user(): { id: string; name: string } | undefined {
    return this.kept?.user;
  }

  async signUp(username: string, password: string, displayName: string): Promise<void> {
    const body = { username, password, ...(displayName && { displayName }) };
    this.keep(await this.rest.ask("post", "/auth/register", { body }));
  }

  async signIn(username: string, password: string): Promise<void> {
    this.keep(await this.rest.ask("post", "/auth/login", { body: { username, password } }));
  }

  /** Forget the session, here and on the server; when that does not answer, here. */
  async signOut(): Promise<void> {
    try {
      await this.authorized.ask("post", "/auth/logout", {});
    } catch {
      // It was over, or nobody is there: either way this tab is done with it.
    } finally {
      this.forget();
    }
  }

  forget(): void {
    this.kept = undefined;
    sessionStorage.removeItem(KEY);
  }

  /** A token that is good for a while; raises Refusal when the session is over. */
  async token(): Promise<string> {
    if (this.kept && Date.now() > this.kept.until) {
      // Once for all who ask: a refresh token is good for one time.
      this.refreshing ??= this.refresh().finally(() => (this.refreshing = undefined));
      await this.refreshing;
    }
    if (!this.kept) throw new Error("nobody is signed in");
    return this.kept.accessToken;
  }

  private async refresh(): Promise<void> {
    const refreshToken = this.kept?.refreshToken ?? "";
    this.keep(await this.rest.ask("post", "/auth/refresh", { body: { refreshToken } }));
  }

  private keep({ accessToken, refreshToken, expiresIn, user }: wire.Session): void {
    const until = Date.now() + Math.max(expiresIn - MARGIN, expiresIn / 2) * 1000;
    const name = user.displayName ?? user.username ?? user.id;
    this.kept = { accessToken, refreshToken, until, user: { id: user.id, name } };
    sessionStorage.setItem(KEY, JSON.stringify(this.kept));
  }
}

function read(): Kept | undefined {
  const text = sessionStorage.getItem(KEY);
  return text ? (JSON.parse(text) as Kept) : undefined;
}
