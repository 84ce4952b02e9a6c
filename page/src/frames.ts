/** What goes over the wire, for those who want to watch it. */

export type Direction = "out" | "in" | "note";

export interface Frame {
  number: number;
  at: Date;
  direction: Direction;
  /** The event, the request, or what else it is, in a few words. */
  label: string;
  /** As it was on the wire, without what is secret. */
  text: string;
  /** Says nothing but that both sides are there. */
  heartbeat: boolean;
}

const KEPT = 400;
const SECRET = /("(?:token|accessToken|refreshToken|password)"\s*:\s*")[^"]*"/g;

/** The newest frames, oldest first. */
export class FrameLog {
  frames: Frame[] = [];
  private count = 0;
  private readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
  }

  add(direction: Direction, label: string, text = "", heartbeat = false): void {
    this.count += 1;
    const frame = { number: this.count, at: new Date(), direction, label, text: text.replace(SECRET, '$1…"'), heartbeat };
    this.frames = [...this.frames.slice(1 - KEPT), frame];
    this.changed();
  }

  clear(): void {
    this.frames = [];
    this.changed();
  }
}
