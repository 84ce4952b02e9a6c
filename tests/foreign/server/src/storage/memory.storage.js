/**
 * Everything in this process, gone with it. The same operations as RedisStorage, which says what they do.
 */
export class MemoryStorage {
  values = new Map();
  lists = new Map();
  sets = new Map();
  rankings = new Map();
  buckets = new Map();
  queues = new Map();
  turns = 0;

  async get(key) {
    const text = this.values.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  async getMany(keys) {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async add(key, value) {
    if (this.values.has(key)) return false;
    this.values.set(key, JSON.stringify(value));
    return true;
  }

  async addFor(key, milliseconds) {
    const known = this.values.get(key);
    clearTimeout(known);
    this.values.set(key, setTimeout(() => this.values.delete(key), milliseconds).unref());
    return known === undefined;
  }

  async remove(key) {
    return this.values.delete(key);
  }

  async range(key, from, to) {
    return (this.lists.get(key) ?? []).slice(from, to);
  }

  async members(key) {
    return [...(this.sets.get(key) ?? [])];
  }

  async include(key, member) {
    const members = this.sets.get(key) ?? new Set();
    const added = !members.has(member);
    this.sets.set(key, members.add(member));
    return added;
  }

  async exclude(key, member) {
    return this.sets.get(key)?.delete(member) ?? false;
  }

  async rankedAbove(key, score) {
    const ranked = [...(this.rankings.get(key) ?? [])].filter(([, each]) => each > score);
    return ranked.sort(([, one], [, other]) => one - other).map(([member]) => member);
  }

  async commit(write) {
    const changes = [];
    write({
      set: (key, value) => {
        const text = JSON.stringify(value);
        changes.push(() => this.values.set(key, text));
      },
      append: (key, value) => changes.push(() => this.lists.set(key, [...(this.lists.get(key) ?? []), value])),
      include: (key, member) => changes.push(() => this.include(key, member)),
      exclude: (key, member) => changes.push(() => this.exclude(key, member)),
      rank: (key, member, score) =>
        changes.push(() => this.rankings.set(key, (this.rankings.get(key) ?? new Map()).set(member, score))),
    });
    for (const change of changes) change();
  }

  async spend(key, { burst, perSecond }) {
    const now = Date.now();
    const bucket = this.buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000);
    const enough = tokens >= 1;
    this.buckets.set(key, { tokens: enough ? tokens - 1 : tokens, at: now });
    return enough ? 0 : Math.ceil(((1 - tokens) * 1000) / perSecond);
  }

  async exclusively(key, work) {
    const before = this.queues.get(key) ?? Promise.resolve();
    const result = before.then(async () => {
      this.turns += 1;
      return work(await this.get(key), this.turns);
    });
    const settled = result.then(
      () => {},
      () => {},
    );
    this.queues.set(key, settled);
    try {
      return await result;
    } finally {
      if (this.queues.get(key) === settled) this.queues.delete(key);
    }
  }

  async close() {}
}
