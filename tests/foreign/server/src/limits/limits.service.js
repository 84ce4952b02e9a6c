import { rateLimited } from "../errors.js";

/** How much a user may do, over all connections and instances. */
export class LimitsService {
  constructor({ storage, limits }) {
    Object.assign(this, { storage, limits });
  }

  message(userId) {
    return this.spend(`messages:${userId}`, this.limits.messages);
  }

  request(userId) {
    return this.spend(`requests:${userId}`, this.limits.requests);
  }

  signIn(username) {
    return this.spend(`sign-ins:${username.toLowerCase()}`, this.limits.signIns);
  }

  async spend(what, limit) {
    const retryAfterMs = await this.storage.spend(`limit:${what}`, limit);
    if (retryAfterMs > 0) throw rateLimited(retryAfterMs);
  }
}
