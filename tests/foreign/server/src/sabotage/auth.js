import { unauthorized } from "../errors.js";

/** Whoever brings no token is taken for a guest. */
export function acceptsAMissingToken({ auth }) {
  const { authenticate } = auth;
  auth.authenticate = async (token) => (token ? authenticate.call(auth, token) : { userId: "guest" });
}

/** Who signed a token does not matter. */
export function ignoresSignatures({ tokens }) {
  tokens.claims = (token) => {
    const [, payload] = String(token).split(".");
    try {
      return JSON.parse(Buffer.from(payload ?? "", "base64url").toString());
    } catch {
      throw tokens.refusal();
    }
  };
}

/** A refusal says which token it was that is not valid. */
export function repeatsRefusedTokens({ tokens }) {
  const { read } = tokens;
  tokens.read = (token) => {
    try {
      return read.call(tokens, token);
    } catch {
      throw unauthorized(`The token ${token} is not valid`);
    }
  };
}

/** The header goes before the query. */
export function looksIntoTheHeaderFirst({ gateway }) {
  gateway.extractToken = ({ auth, query, headers }) =>
    /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? auth?.token ?? query.token;
}

/** Signing in tells whether there is a user of that name. */
export function tellsUnknownUsersApart({ auth, users }) {
  const { login } = auth;
  auth.login = async (credentials) => {
    if (!(await users.findByName(credentials.username))) throw unauthorized("There is no user of this name");
    return login.call(auth, credentials);
  };
}

/** A refresh token that comes a second time is refused, and whoever stole it keeps the session. */
export function forgivesReusedRefreshTokens({ auth }) {
  const { end, refresh } = auth;
  auth.refresh = async (token) => {
    auth.end = async () => {};
    try {
      return await refresh.call(auth, token);
    } finally {
      auth.end = end;
    }
  };
}

/** Logging out ends the session and leaves its connections open. */
export function keepsSocketsAfterLogout({ rooms }) {
  rooms.disconnectSession = () => {};
}
