/** Tells the others that something is being written, not with every letter, and that it no longer is. */

const EVERY = 2500;
const PAUSE = 4000;

export class Typing {
  private told = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private end: (() => void) | undefined;

  /** Something was typed; `tell` says whether somebody is typing. */
  typed(tell: (active: boolean) => void): void {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.stop(), PAUSE);
    this.end = () => tell(false);
    if (Date.now() - this.told < EVERY) return;
    this.told = Date.now();
    tell(true);
  }

  stop(): void {
    clearTimeout(this.pause);
    this.end?.();
    this.end = undefined;
    this.told = 0;
  }
}
