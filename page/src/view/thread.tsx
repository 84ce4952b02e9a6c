/** What is said in one conversation. */

import type { Message } from "../chat.js";
import type { SignedIn } from "../client.js";
import type { Pending, Talk } from "../talk.js";
import { Component, Fragment, createRef, h } from "../vendor/preact.js";
import { Bubble, Waiting } from "./bubble.js";
import { day } from "./time.js";

const NEAR = 120;

interface Props {
  client: SignedIn;
  talk: Talk;
  onReply: (message: Message) => void;
  onEdit: (message: Message) => void;
}

/** Keeps the newest in sight, unless the reader has gone up to older ones. */
export class Thread extends Component<Props> {
  private readonly list = createRef<HTMLDivElement>();
  private following = true;
  private before: { height: number; top: number; first: string | undefined } | undefined;
  private shown: Talk | undefined;

  /** The list gets lower when a keyboard comes up, or the field for a message is higher. */
  private readonly size = new ResizeObserver(() => this.settle());

  override componentDidMount(): void {
    this.settle();
    if (this.list.current) this.size.observe(this.list.current);
  }

  override componentWillUnmount(): void {
    this.size.disconnect();
  }

  override componentDidUpdate(): void {
    this.settle();
  }

  /** Stay where the reader is: at the end, or at the message that was there before older ones came above it. */
  private settle(): void {
    const list = this.list.current;
    const { talk } = this.props;
    if (!list) return;
    if (this.shown !== talk) this.following = true;
    const first = talk.messages[0]?.id;
    if (this.following) list.scrollTop = list.scrollHeight;
    else if (this.before && this.before.first !== first) list.scrollTop = this.before.top + list.scrollHeight - this.before.height;
    this.shown = talk;
    this.before = { height: list.scrollHeight, top: list.scrollTop, first };
  }

  private readonly scrolled = () => {
    const list = this.list.current;
    if (!list || !this.before) return;
    this.following = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    this.before = { ...this.before, height: list.scrollHeight, top: list.scrollTop };
  };

  override render({ client, talk, onReply, onEdit }: Props) {
    const { messages, pending, caughtUp } = talk;
    return (
      <div class="thread" ref={this.list} onScroll={this.scrolled} role="log" aria-label="Messages" tabIndex={0}>
        {talk.more && (
          <button class="older" onClick={() => void client.live.older(talk)}>
            Older messages
          </button>
        )}
        {talk.loaded && !messages.length && !pending.length && <p class="nothing">Nothing was said yet. Begin.</p>}
        {messages.map((message, index) => {
          const previous = messages[index - 1];
          const newDay = !previous || day(previous.createdAt) !== day(message.createdAt);
          return (
            <Fragment key={message.id}>
              {newDay && <p class="day">{day(message.createdAt)}</p>}
              <Bubble
                client={client}
                talk={talk}
                message={message}
                continued={!newDay && previous?.senderId === message.senderId}
                next={messages[index + 1]}
                onReply={onReply}
                onEdit={onEdit}
              />
            </Fragment>
          );
        })}
        {pending.map((each: Pending) => (
          <Waiting key={each.clientMessageId} client={client} pending={each} />
        ))}
        {caughtUp > 0 && (
          <p class="caught-up" role="status">
            {caughtUp === 1 ? "Caught up with what you missed: 1 change" : `Caught up with what you missed: ${caughtUp} changes`}
          </p>
        )}
        <Typing client={client} talk={talk} />
      </div>
    );
  }
}

function Typing({ client, talk }: { client: SignedIn; talk: Talk }) {
  const names = [...talk.typing].map((id) => client.people.name(id));
  return (
    <p class={names.length ? "typing-now" : "typing-now none"} role="status">
      {names.length > 0 && (
        <>
          <span class="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <bdi>{names.join(", ")}</bdi> {names.length === 1 ? "is typing" : "are typing"}
        </>
      )}
    </p>
  );
}
