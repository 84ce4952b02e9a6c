import { Injectable } from "@nestjs/common";

import { rateLimited } from "../common/chat.exception";
import { Config } from "../config";
import { Storage } from "../storage/storage";

/** How much a user may do, over all connections and instances. */
@Injectable()
export class LimitsService {
  constructor(
    private readonly config: Config,
    private readonly storage: Storage,
  ) {}

  async count(name: keyof Config["limits"], who: string) {
    const retryAfterMs = await this.storage.spend(`limit:${name}:${who}`, this.config.limits[name]);
    if (retryAfterMs > 0) throw rateLimited(retryAfterMs);
  }
}
