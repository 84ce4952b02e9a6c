/** Who is signed in in this tab: another tab is somebody else, so tokens are kept for the tab alone. */

import { Refusal } from "./chat.js";
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

  /** `base` is where there are accounts, if anywhere. */
  constructor(
    private readonly base: URL | undefined,
    private readonly log: FrameLog,
  ) {}

  get accounts(): boolean {
    return this.base !== undefined;
  }

  get user(): { id: string; name: string } | undefined {
    return this.kept?.user;
  }

  async signUp(username: string, password: string, displayName: string): Promise<void> {
    const body = { username, password, ...(displayName && { displayName }) };
    this.keep(await this.rest().ask("post", "/auth/register", { body }));
  }

  async signIn(username: string, password: string): Promise<void> {
    this.keep(await this.rest().ask("post", "/auth/login", { body: { username, password } }));
  }

  /** Take a token of somebody else's making; raises Refusal for what is none. */
  bring(accessToken: string): void {
    const { sub, externalUserId, exp, name } = claims(accessToken);
    const id = externalUserId ?? sub;
    if (!id) throw new Refusal("UNAUTHORIZED", "This is no token with a user.");
    this.store({ accessToken, until: exp ? exp * 1000 : Infinity, user: { id, name: name ?? id } });
  }

  /** Forget the session, here and on the server; when that does not answer, here. */
  async signOut(): Promise<void> {
    try {
      if (this.base) await this.rest(() => this.token()).ask("post", "/auth/logout", {});
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
    const refreshToken = this.kept?.refreshToken;
    if (!refreshToken) throw new Refusal("UNAUTHORIZED", "The token is over.");
    this.keep(await this.rest().ask("post", "/auth/refresh", { body: { refreshToken } }));
  }

  private keep({ accessToken, refreshToken, expiresIn, user }: wire.Session): void {
    const until = Date.now() + Math.max(expiresIn - MARGIN, expiresIn / 2) * 1000;
    const name = user.displayName ?? user.username ?? user.id;
    this.store({ accessToken, refreshToken, until, user: { id: user.id, name } });
  }

  private store(kept: Kept): void {
    this.kept = kept;
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  }

  private rest(token?: () => Promise<string>): Rest<wire.Paths> {
    if (!this.base) throw new Refusal("NOT_FOUND", "There are no accounts here.");
    return new Rest(this.base, this.log, token);
  }
}

interface Claims {
  sub?: string;
  externalUserId?: string;
  exp?: number;
  name?: string;
}

/** What a token says; whether it is good only the server knows. */
function claims(token: string): Claims {
  try {
    const middle = token.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(middle), (each) => each.charCodeAt(0)))) as Claims;
  } catch {
    throw new Refusal("UNAUTHORIZED", "This is no token.");
  }
}

function read(): Kept | undefined {
  const text = sessionStorage.getItem(KEY);
  return text ? (JSON.parse(text) as Kept) : undefined;
}
