import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import type { OnModuleDestroy } from "@nestjs/common";
import type { RedisClientType } from "@redis/client";

import { MemoryStorage } from "./memory.storage";
import { type Limit, Storage, type Writer } from "./storage";

/** The connection to Redis, or undefined: see CoreModule. */
export const REDIS = Symbol("REDIS");

const LOCK_MS = 10_000;
const LOCK_RETRY_MS = 2;

// Whoever has to wait stands in line: an instance with much to do would else leave no gap for the others.
const LOCK = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  if not redis.call('LPOS', KEYS[2], ARGV[1]) then redis.call('RPUSH', KEYS[2], ARGV[1]) end
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
  return 0
end
redis.call('LREM', KEYS[2], 0, ARGV[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('INCR', 'turns')`;
const UNLOCK = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return end
local heir = redis.call('LPOP', KEYS[2])
if heir then redis.call('SET', KEYS[1], heir, 'PX', ARGV[2]) else redis.call('DEL', KEYS[1]) end`;

// A token bucket by the clock of Redis, which is the same for all instances.
const SPEND = `
local burst, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(known[1]) or burst
tokens = math.min(burst, tokens + (now - (tonumber(known[2]) or now)) * rate / 1000)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = math.ceil((1 - tokens) * 1000 / rate) end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / rate))
return wait`;

/**
 * Everything in a Redis that all instances share. One connection carries all commands, and so what an instance does is
 * done in that order, its broadcasts included (see RoomService).
 */
export class RedisStorage extends Storage implements OnModuleDestroy {
  private readonly local = new MemoryStorage();

  constructor(private readonly client: RedisClientType) {
    super();
  }

  async get<T>(key: string) {
    const text = await this.client.get(key);
    return text === null ? undefined : (JSON.parse(text) as T);
  }

  async getMany<T>(keys: string[]) {
    const texts = keys.length > 0 ? await this.client.mGet(keys) : [];
    return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as T)));
  }

  async add(key: string, value: unknown) {
    return (await this.client.set(key, JSON.stringify(value), { condition: "NX" })) !== null;
  }

  async addFor(key: string, milliseconds: number) {
    const expiration = { type: "PX", value: milliseconds } as const;
    return (await this.client.set(key, "1", { expiration, GET: true })) === null;
  }

  async remove(key: string) {
    return (await this.client.del(key)) === 1;
  }

  async range(key: string, from: number, to: number) {
    return to > from ? this.client.lRange(key, from, to - 1) : [];
  }

  async members(key: string) {
    return this.client.sMembers(key);
  }

  async include(key: string, member: string) {
    return (await this.client.sAdd(key, member)) === 1;
  }

  async exclude(key: string, member: string) {
    return (await this.client.sRem(key, member)) === 1;
  }

  async rankedAbove(key: string, score: number) {
    return this.client.zRangeByScore(key, `(${score}`, "+inf");
  }

  async commit(write: (writer: Writer) => void) {
    const batch = this.client.multi();
    write({
      set: (key, value) => void batch.set(key, JSON.stringify(value)),
      append: (key, value) => void batch.rPush(key, value),
      include: (key, member) => void batch.sAdd(key, member),
      exclude: (key, member) => void batch.sRem(key, member),
      rank: (key, member, score) => void batch.zAdd(key, { value: member, score }),
    });
    await batch.exec();
  }

  async spend(key: string, { burst, perSecond }: Limit) {
    const wait = await this.client.eval(SPEND, { keys: [key], arguments: [String(burst), String(perSecond)] });
    return Number(wait);
  }

  async exclusively<T, R>(key: string, work: (value: T | undefined, turn: number) => Promise<R> | R) {
    return this.local.exclusively(key, async () => {
      const lock = { keys: [`lock:${key}`, `waiting:${key}`], arguments: [randomUUID(), String(LOCK_MS)] };
      for (;;) {
        // Redis answers in this order, and so the value is read after the lock was taken.
        const [turn, value] = await Promise.all([this.client.eval(LOCK, lock), this.get<T>(key)]);
        if (Number(turn) === 0) {
          await delay(LOCK_RETRY_MS);
          continue;
        }
        try {
          return await work(value, Number(turn));
        } finally {
          // Nobody has to wait for it: what this instance does next comes to Redis later.
          this.client.eval(UNLOCK, lock).catch(console.error);
        }
      }
    });
  }

  async onModuleDestroy() {
    await this.client.close();
  }
}
