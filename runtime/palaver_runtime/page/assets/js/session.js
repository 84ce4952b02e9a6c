/** Who is signed in in this tab: another tab is somebody else, so tokens are kept for the tab alone. */
import { Refusal } from "./chat.js";
import { Rest } from "./rest.js";
const KEY = "palaver.session";
/** Seconds before its end in which a token is not used any more. */
const MARGIN = 30;
export class Session {
    base;
    log;
    kept = read();
    refreshing;
    /** `base` is where there are accounts, if anywhere. */
    constructor(base, log) {
        this.base = base;
        this.log = log;
    }
    get accounts() {
        return this.base !== undefined;
    }
    get user() {
        return this.kept?.user;
    }
    async signUp(username, password, displayName) {
        const body = { username, password, ...(displayName && { displayName }) };
        this.keep(await this.rest().ask("post", "/auth/register", { body }));
    }
    async signIn(username, password) {
        this.keep(await this.rest().ask("post", "/auth/login", { body: { username, password } }));
    }
    /** Take a token of somebody else's making; raises Refusal for what is none. */
    bring(accessToken) {
        const { sub, externalUserId, exp, name } = claims(accessToken);
        const id = externalUserId ?? sub;
        if (!id)
            throw new Refusal("UNAUTHORIZED", "This is no token with a user.");
        this.store({ accessToken, until: exp ? exp * 1000 : Infinity, user: { id, name: name ?? id } });
    }
    /** Forget the session, here and on the server; when that does not answer, here. */
    async signOut() {
        try {
            if (this.base)
                await this.rest(() => this.token()).ask("post", "/auth/logout", {});
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
        const refreshToken = this.kept?.refreshToken;
        if (!refreshToken)
            throw new Refusal("UNAUTHORIZED", "The token is over.");
        this.keep(await this.rest().ask("post", "/auth/refresh", { body: { refreshToken } }));
    }
    keep({ accessToken, refreshToken, expiresIn, user }) {
        const until = Date.now() + Math.max(expiresIn - MARGIN, expiresIn / 2) * 1000;
        const name = user.displayName ?? user.username ?? user.id;
        this.store({ accessToken, refreshToken, until, user: { id: user.id, name } });
    }
    store(kept) {
        this.kept = kept;
        sessionStorage.setItem(KEY, JSON.stringify(kept));
    }
    rest(token) {
        if (!this.base)
            throw new Refusal("NOT_FOUND", "There are no accounts here.");
        return new Rest(this.base, this.log, token);
    }
}
/** What a token says; whether it is good only the server knows. */
function claims(token) {
    try {
        const middle = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
        return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(middle), (each) => each.charCodeAt(0))));
    }
    catch {
        throw new Refusal("UNAUTHORIZED", "This is no token.");
    }
}
function read() {
    const text = sessionStorage.getItem(KEY);
    return text ? JSON.parse(text) : undefined;
}
