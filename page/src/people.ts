/** Names of people, and whom this browser has met: those who signed in here in any tab, and those they talked with. */

/** Each has an entry of their own, as two tabs that write at once would lose what the other wrote into one for all. */
const KEY = "palaver.person.";
const KEPT = 100;

export interface Person {
  id: string;
  name: string;
}

interface Met extends Person {
  /** When, in milliseconds since 1970. */
  at: number;
}

export class People {
  private readonly names = new Map<string, string>();
  private readonly online = new Set<string>();

  /** `changed` is called when another tab has met somebody. */
  constructor(changed: () => void) {
    for (const { id, name } of met()) this.names.set(id, name);
    addEventListener("storage", changed);
  }

  name(id: string): string {
    return this.names.get(id) ?? `user ${id.slice(-6)}`;
  }

  knows(id: string): boolean {
    return this.names.has(id);
  }

  isOnline(id: string): boolean {
    return this.online.has(id);
  }

  setOnline(id: string, online: boolean): void {
    if (online) this.online.add(id);
    else this.online.delete(id);
  }

  /** Say of some whether they are online: those of `here` are. */
  setAllOnline(ids: string[], here: string[]): void {
    for (const id of ids) this.setOnline(id, here.includes(id));
  }

  /** Remember a name, for other tabs and the next visit too. */
  meet(id: string, name: string): void {
    this.names.set(id, name);
    localStorage.setItem(KEY + id, JSON.stringify({ name, at: Date.now() }));
    for (const each of met().slice(KEPT)) localStorage.removeItem(KEY + each.id);
  }

  /** Those who can be written to, other than some; who was met last comes first. */
  others(except: string): Person[] {
    return met().filter(({ id }) => id !== except);
  }
}

function met(): Met[] {
  const found: Met[] = [];
  for (const key of Object.keys(localStorage).filter((each) => each.startsWith(KEY))) {
    const { name, at } = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Met>;
    if (name !== undefined && at !== undefined) found.push({ id: key.slice(KEY.length), name, at });
  }
  return found.sort((one, other) => other.at - one.at);
}
