import { rateLimited } from "../errors.js";

/** How much a user may do, over all connections and instances. */
export class LimitsService {
  constructor({ storage, limits }) {
    Object.assign(this, { storage, limits });
  }

  /** Count what a user does against the limits that it falls under, by their names. */
  async count(userId, names = ["requests"]) {
    await Promise.all(names.map((name) => this.spend(`${name}:${userId}`, this.limits[name])));
  }

  signIn(username) {
    return this.spend(`sign-ins:${username.toLowerCase()}`, this.limits.signIns);
  }

  async spend(what, limit) {
    const retryAfterMs = await this.storage.spend(`limit:${what}`, limit);
    if (retryAfterMs > 0) throw rateLimited(retryAfterMs);
  }
}
