export interface Limit {
  burst: number;
  perSecond: number;
}

/** What a commit may do. */
export interface Writer {
  set(key: string, value: unknown): void;
  append(key: string, value: string): void;
  include(key: string, member: string): void;
  exclude(key: string, member: string): void;
  rank(key: string, member: string, score: number): void;
}

/** Where everything is kept: values as JSON, lists, sets and rankings, each under a key. */
export abstract class Storage {
  abstract get<T>(key: string): Promise<T | undefined>;
  abstract getMany<T>(keys: string[]): Promise<(T | undefined)[]>;
  /** Set a value unless there is one; tell whether there was none. */
  abstract add(key: string, value: unknown): Promise<boolean>;
  /** Set a mark that goes by itself, after a time that starts anew with each call; tell whether it is new. */
  abstract addFor(key: string, milliseconds: number): Promise<boolean>;
  /** Remove a value; tell whether there was one. */
  abstract remove(key: string): Promise<boolean>;
  /** The entries of a list at the places from `from` to before `to`, the first of which is 0. */
  abstract range(key: string, from: number, to: number): Promise<string[]>;
  abstract members(key: string): Promise<string[]>;
  /** Put something into a set; tell whether it is new there. */
  abstract include(key: string, member: string): Promise<boolean>;
  /** Take something out of a set; tell whether it was there. */
  abstract exclude(key: string, member: string): Promise<boolean>;
  /** The members of a ranking with a higher score, the lowest first. */
  abstract rankedAbove(key: string, score: number): Promise<string[]>;
  /** Carry out all or none of what `write` asks for. */
  abstract commit(write: (writer: Writer) => void): Promise<void>;
  /** Take one from an allowance; the milliseconds until there is one again, 0 if there was one. */
  abstract spend(key: string, limit: Limit): Promise<number>;
  /**
   * Do some work on the value under a key while nobody else, on any instance, does. `work` gets the value, undefined if
   * there is none, and the number of its turn: each is higher than all before.
   */
  abstract exclusively<T, R>(key: string, work: (value: T | undefined, turn: number) => Promise<R> | R): Promise<R>;
}
