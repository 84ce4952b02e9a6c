/** Names of people, and whom this browser has met: those who signed in here in any tab, and those they talked with. */
/** Each has an entry of their own, as two tabs that write at once would lose what the other wrote into one for all. */
const KEY = "palaver.person.";
const KEPT = 100;
export class People {
    names = new Map();
    online = new Set();
    /** `changed` is called when another tab has met somebody. */
    constructor(changed) {
        for (const { id, name } of met())
            this.names.set(id, name);
        addEventListener("storage", changed);
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
        localStorage.setItem(KEY + id, JSON.stringify({ name, at: Date.now() }));
        for (const each of met().slice(KEPT))
            localStorage.removeItem(KEY + each.id);
    }
    /** Those who can be written to, other than some; who was met last comes first. */
    others(except) {
        return met().filter(({ id }) => id !== except);
    }
}
function met() {
    const found = [];
    for (const key of Object.keys(localStorage).filter((each) => each.startsWith(KEY))) {
        const { name, at } = JSON.parse(localStorage.getItem(key) ?? "{}");
        if (name !== undefined && at !== undefined)
            found.push({ id: key.slice(KEY.length), name, at });
    }
    return found.sort((one, other) => other.at - one.at);
}
