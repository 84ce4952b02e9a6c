/** The frames that go over the wire. */

import type { SignedIn } from "../client.js";
import type { Frame } from "../frames.js";
import { Component, createRef, h } from "../vendor/preact.js";
import { Icon } from "./icons.js";
import { exact } from "./time.js";

interface Props {
  client: SignedIn;
  onClose: () => void;
}

const DIRECTIONS = { out: "sent", in: "received", note: "note" };

/** What an event begins with on the wire, up to its payload: its name is the label already. */
const EVENT = /^\d*(?:\/[^,]*,)?\d*\["[^"]*",?/;
const ID = /\b[0-9a-f]{24}\b/g;

export class Wire extends Component<Props, { heartbeats: boolean }> {
  override state = { heartbeats: false };
  private readonly list = createRef<HTMLOListElement>();
  private following = true;

  override componentDidMount(): void {
    this.follow();
  }

  override componentDidUpdate(): void {
    this.follow();
  }

  private follow(): void {
    const list = this.list.current;
    if (list && this.following) list.scrollTop = list.scrollHeight;
  }

  private readonly scrolled = () => {
    const list = this.list.current;
    if (list) this.following = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  };

  override render({ client, onClose }: Props, { heartbeats }: { heartbeats: boolean }) {
    const { log, live } = client;
    const frames = log.frames.filter((each) => heartbeats || !each.heartbeat);
    const away = live.link === "cut" || live.link === "lost";
    return (
      <section class="wire" aria-label="Frames on the wire">
        <header class="bar">
          <h2>On the wire</h2>
          <button class="icon-button" aria-label="Close the frames" title="Close" onClick={onClose}>
            <Icon of="close" />
          </button>
        </header>
        <div class="tools">
          <button class={away ? "primary" : "quiet"} onClick={() => (away ? live.chat.mend() : live.chat.cut())}>
            <Icon of={away ? "bolt" : "plug"} /> {away ? "Reconnect" : "Cut the connection"}
          </button>
          <label class="check">
            <input
              type="checkbox"
              checked={heartbeats}
              onChange={(event) => this.setState({ heartbeats: (event.currentTarget as HTMLInputElement).checked })}
            />
            Heartbeats
          </label>
          <button class="link" onClick={() => log.clear()}>
            Clear
          </button>
        </div>
        <ol class="frames" ref={this.list} onScroll={this.scrolled} tabIndex={0} aria-label="Frames, oldest first">
          {frames.map((frame) => (
            <Line key={frame.number} frame={frame} />
          ))}
        </ol>
      </section>
    );
  }
}

class Line extends Component<{ frame: Frame }, { open: boolean }> {
  override state = { open: false };

  override shouldComponentUpdate(_: unknown, next: { open: boolean }): boolean {
    return next.open !== this.state.open;
  }

  override render({ frame }: { frame: Frame }, { open }: { open: boolean }) {
    return (
      <li class={frame.direction}>
        <details onToggle={(event) => this.setState({ open: (event.currentTarget as HTMLDetailsElement).open })}>
          <summary>
            {frame.direction === "note" ? <span class="icon" /> : <Icon of={frame.direction} />}
            <span class="unseen">{DIRECTIONS[frame.direction]} </span>
            <code class="label">{frame.label.replace(ID, (id) => `…${id.slice(-4)}`)}</code>
            <code class="start">{frame.text.replace(EVENT, "").slice(0, 200)}</code>
          </summary>
          {open && (
            <div class="whole">
              <p class="soft">
                <time>{exact(frame.at)}</time>
                {frame.text && ` · ${new TextEncoder().encode(frame.text).length} bytes`}
              </p>
              <pre>{laidOut(frame.text)}</pre>
            </div>
          )}
        </details>
      </li>
    );
  }
}

/** Lay out the JSON of a frame; what stands before it, as the type of a packet, keeps a line of its own. */
function laidOut(text: string): string {
  const [, before = "", json = ""] = /^([^[{]*)([[{].*)?$/s.exec(text) ?? [];
  try {
    return `${before ? `${before}\n` : ""}${JSON.stringify(JSON.parse(json), null, 2)}`;
  } catch {
    return text;
  }
}
