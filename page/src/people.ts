/** Names of people, and whom this browser has met: those who signed in here in any tab, and those they talked with. */

const KEY = "palaver.people";
const KEPT = 100;

export interface Person {
  id: string;
  name: string;
}

export class People {
  private readonly names = new Map<string, string>();
  private readonly online = new Set<string>();

  constructor() {
    for (const { id, name } of this.remembered()) this.names.set(id, name);
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
    const others = this.remembered().filter((each) => each.id !== id);
    localStorage.setItem(KEY, JSON.stringify([{ id, name }, ...others].slice(0, KEPT)));
  }

  /** Those who can be written to, other than some. */
  others(except: string): Person[] {
    return this.remembered().filter(({ id }) => id !== except);
  }

  private remembered(): Person[] {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(isPerson) : [];
  }
}

function isPerson(value: unknown): value is Person {
  const { id, name } = value as Partial<Person>;
  return typeof id === "string" && typeof name === "string";
}
