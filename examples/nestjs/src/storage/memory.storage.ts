import { type Limit, Storage, type Writer } from "./storage";

/** Everything in this process, and gone with it. */
export class MemoryStorage extends Storage {
  private readonly values = new Map<string, string>();
  private readonly marks = new Map<string, NodeJS.Timeout>();
  private readonly lists = new Map<string, string[]>();
  private readonly sets = new Map<string, Set<string>>();
  private readonly rankings = new Map<string, Map<string, number>>();
  private readonly buckets = new Map<string, { tokens: number; at: number }>();
  private readonly queues = new Map<string, Promise<unknown>>();
  private turns = 0;

  async get<T>(key: string) {
    const text = this.values.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  async getMany<T>(keys: string[]) {
    return Promise.all(keys.map((key) => this.get<T>(key)));
  }

  async add(key: string, value: unknown) {
    if (this.values.has(key)) return false;
    this.values.set(key, JSON.stringify(value));
    return true;
  }

  async addFor(key: string, milliseconds: number) {
    const known = this.marks.get(key);
    clearTimeout(known);
    this.marks.set(key, setTimeout(() => this.marks.delete(key), milliseconds).unref());
    return known === undefined;
  }

  async remove(key: string) {
    clearTimeout(this.marks.get(key));
    return this.values.delete(key) || this.marks.delete(key);
  }

  async range(key: string, from: number, to: number) {
    return (this.lists.get(key) ?? []).slice(from, to);
  }

  async members(key: string) {
    return [...(this.sets.get(key) ?? [])];
  }

  async include(key: string, member: string) {
    const members = this.sets.get(key) ?? new Set();
    const isNew = !members.has(member);
    this.sets.set(key, members.add(member));
    return isNew;
  }

  async exclude(key: string, member: string) {
    return this.sets.get(key)?.delete(member) ?? false;
  }

  async rankedAbove(key: string, score: number) {
    const ranked = [...(this.rankings.get(key) ?? [])].filter(([, each]) => each > score);
    return ranked.sort(([, one], [, other]) => one - other).map(([member]) => member);
  }

  async commit(write: (writer: Writer) => void) {
    write({
      set: (key, value) => this.values.set(key, JSON.stringify(value)),
      append: (key, value) => this.lists.set(key, [...(this.lists.get(key) ?? []), value]),
      include: (key, member) => void this.include(key, member),
      exclude: (key, member) => void this.exclude(key, member),
      rank: (key, member, score) =>
        this.rankings.set(key, (this.rankings.get(key) ?? new Map<string, number>()).set(member, score)),
    });
  }

  async spend(key: string, { burst, perSecond }: Limit) {
    const now = Date.now();
    const bucket = this.buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000);
    this.buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1000) / perSecond);
  }

  async exclusively<T, R>(key: string, work: (value: T | undefined, turn: number) => Promise<R> | R) {
    const before = this.queues.get(key) ?? Promise.resolve();
    const result = before.then(async () => work(await this.get<T>(key), ++this.turns));
    const settled = result.catch(() => {});
    this.queues.set(key, settled);
    try {
      return await result;
    } finally {
      if (this.queues.get(key) === settled) this.queues.delete(key);
    }
  }
}
