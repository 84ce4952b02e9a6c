import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { createClient } from "@redis/client";

import { MemoryStorage } from "./memory.storage.js";

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
 * Everything in a Redis that all instances share. One connection carries all commands, and so what one instance
 * does is done in that order, messages to the other instances included (see RedisAdapter).
 */
export class RedisStorage {
  local = new MemoryStorage();

  static async open(url) {
    const client = createClient({ url });
    client.on("error", (error) => console.error(`Redis: ${error.message}`));
    await client.connect();
    return new RedisStorage(client);
  }

  constructor(client) {
    this.client = client;
  }

  /** The value under a key, or undefined. */
  async get(key) {
    const text = await this.client.get(key);
    return text === null ? undefined : JSON.parse(text);
  }

  /** The values under several keys, in their order. */
  async getMany(keys) {
    if (keys.length === 0) return [];
    const texts = await this.client.mGet(keys);
    return texts.map((text) => (text === null ? undefined : JSON.parse(text)));
  }

  /** Set a value unless there is one; tell whether there was none. */
  async add(key, value) {
    return (await this.client.set(key, JSON.stringify(value), { condition: "NX" })) !== null;
  }

  /** Set a mark that goes by itself after some time, which starts anew with each call; tell whether it is new. */
  async addFor(key, milliseconds) {
    const expiration = { type: "PX", value: milliseconds };
    return (await this.client.set(key, "1", { expiration, GET: true })) === null;
  }

  /** Remove a value; tell whether there was one. */
  async remove(key) {
    return (await this.client.del(key)) === 1;
  }

  /** The entries of a list at the places from `from` to before `to`, the first of which is 0. */
  async range(key, from, to) {
    return to > from ? this.client.lRange(key, from, to - 1) : [];
  }

  /** The members of a set. */
  async members(key) {
    return this.client.sMembers(key);
  }

  /** Put something into a set; tell whether it is new there. */
  async include(key, member) {
    return (await this.client.sAdd(key, member)) === 1;
  }

  /** Take something out of a set; tell whether it was there. */
  async exclude(key, member) {
    return (await this.client.sRem(key, member)) === 1;
  }

  /** The members of a ranking with a higher score, the lowest first. */
  async rankedAbove(key, score) {
    return this.client.zRangeByScore(key, `(${score}`, "+inf");
  }

  /** Carry out all or none of what `write` asks for. */
  async commit(write) {
    const batch = this.client.multi();
    write({
      set: (key, value) => batch.set(key, JSON.stringify(value)),
      append: (key, value) => batch.rPush(key, value),
      include: (key, member) => batch.sAdd(key, member),
      exclude: (key, member) => batch.sRem(key, member),
      rank: (key, member, score) => batch.zAdd(key, { value: member, score }),
    });
    await batch.exec();
  }

  /** Take one from an allowance; the milliseconds until there is one again, 0 if there was one. */
  async spend(key, { burst, perSecond }) {
    return this.client.eval(SPEND, { keys: [key], arguments: [String(burst), String(perSecond)] });
  }

  /**
   * Do some work on the value under a key while nobody else, on any instance, does. `work` gets the value, undefined
   * if there is none, and the number of its turn: each is higher than all before.
   */
  async exclusively(key, work) {
    return this.local.exclusively(key, async () => {
      const lock = { keys: [`lock:${key}`, `waiting:${key}`], arguments: [randomUUID(), String(LOCK_MS)] };
      for (;;) {
        // Redis answers in this order, and so the value is read after the lock was taken.
        const [turn, value] = await Promise.all([this.client.eval(LOCK, lock), this.get(key)]);
        if (turn > 0) return this.released(lock, () => work(value, turn));
        await delay(LOCK_RETRY_MS);
      }
    });
  }

  async released(lock, work) {
    try {
      return await work();
    } finally {
      // Nobody has to wait for it: what this instance does next comes to Redis later.
      this.client.eval(UNLOCK, lock).catch(console.error);
    }
  }

  async close() {
    await this.client.close();
  }
}
