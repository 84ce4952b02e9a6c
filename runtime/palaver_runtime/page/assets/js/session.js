/** Who is signed in in this tab: another tab is somebody else, so tokens are kept for the tab alone. */
import { Rest } from "./rest.js";
const KEY = "palaver.session";
/** Seconds before its end in which a token is not used any more. */
const MARGIN = 30;
export class Session {
    kept = read();
    refreshing;
    rest;
    authorized;
    /** `base` is where there are accounts. */
    constructor(base, log) {
        this.rest = new Rest(base, log);
        this.authorized = new Rest(base, log, () => this.token());
    }
    get user() {
        return this.kept?.user;
    }
    async signUp(username, password, displayName) {
        const body = { username, password, ...(displayName && { displayName }) };
        this.keep(await this.rest.ask("post", "/auth/register", { body }));
    }
    async signIn(username, password) {
        this.keep(await this.rest.ask("post", "/auth/login", { body: { username, password } }));
    }
    /** Forget the session, here and on the server; when that does not answer, here. */
    async signOut() {
        try {
            await this.authorized.ask("post", "/auth/logout", {});
        }
        catch {
            // It was over, or nobody is there: either way this tab is done with it.
        }
        finally {
            this.forget();
        }
    }
    forget() {
        this.kept = undefined;
        sessionStorage.removeItem(KEY);
    }
    /** A token that is good for a while; raises Refusal when the session is over. */
    async token() {
        if (this.kept && Date.now() > this.kept.until) {
            // Once for all who ask: a refresh token is good for one time.
            this.refreshing ??= this.refresh().finally(() => (this.refreshing = undefined));
            await this.refreshing;
        }
        if (!this.kept)
            throw new Error("nobody is signed in");
        return this.kept.accessToken;
    }
    async refresh() {
        const refreshToken = this.kept?.refreshToken ?? "";
        this.keep(await this.rest.ask("post", "/auth/refresh", { body: { refreshToken } }));
    }
    keep({ accessToken, refreshToken, expiresIn, user }) {
        const until = Date.now() + Math.max(expiresIn - MARGIN, expiresIn / 2) * 1000;
        const name = user.displayName ?? user.username ?? user.id;
        this.kept = { accessToken, refreshToken, until, user: { id: user.id, name } };
        sessionStorage.setItem(KEY, JSON.stringify(this.kept));
    }
}
function read() {
    const text = sessionStorage.getItem(KEY);
    return text ? JSON.parse(text) : undefined;
}
