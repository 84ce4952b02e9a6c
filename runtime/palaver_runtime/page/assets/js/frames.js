/** What goes over the wire, for those who want to watch it. */
const KEPT = 400;
const SECRET = /("(?:token|accessToken|refreshToken|password)"\s*:\s*")[^"]*"/g;
/** The newest frames, oldest first. */
export class FrameLog {
    frames = [];
    count = 0;
    changed;
    constructor(changed) {
        this.changed = changed;
    }
    add(direction, label, text = "", heartbeat = false) {
        this.count += 1;
        const frame = { number: this.count, at: new Date(), direction, label, text: text.replace(SECRET, '$1…"'), heartbeat };
        this.frames = [...this.frames.slice(1 - KEPT), frame];
        this.changed();
    }
    clear() {
        this.frames = [];
        this.changed();
    }
}
