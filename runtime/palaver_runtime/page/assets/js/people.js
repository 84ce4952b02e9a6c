/** Names of people, and whom this browser has met: those who signed in here in any tab, and those they talked with. */
const KEY = "palaver.people";
const KEPT = 100;
export class People {
    names = new Map();
    online = new Set();
    constructor() {
        for (const { id, name } of this.remembered())
            this.names.set(id, name);
    }
    name(id) {
        return this.names.get(id) ?? `user ${id.slice(-6)}`;
    }
    knows(id) {
        return this.names.has(id);
    }
    isOnline(id) {
        return this.online.has(id);
    }
    setOnline(id, online) {
        if (online)
            this.online.add(id);
        else
            this.online.delete(id);
    }
    /** Say of some whether they are online: those of `here` are. */
    setAllOnline(ids, here) {
        for (const id of ids)
            this.setOnline(id, here.includes(id));
    }
    /** Remember a name, for other tabs and the next visit too. */
    meet(id, name) {
        this.names.set(id, name);
        const others = this.remembered().filter((each) => each.id !== id);
        localStorage.setItem(KEY, JSON.stringify([{ id, name }, ...others].slice(0, KEPT)));
    }
    /** Those who can be written to, other than some. */
    others(except) {
        return this.remembered().filter(({ id }) => id !== except);
    }
    remembered() {
        const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
        return Array.isArray(found) ? found.filter(isPerson) : [];
    }
}
function isPerson(value) {
    const { id, name } = value;
    return typeof id === "string" && typeof name === "string";
}
