/** A message, and what one can do with it. */

import type { Message } from "../chat.js";
import type { SignedIn } from "../client.js";
import type { Pending, Talk } from "../talk.js";
import { Component, Fragment, h } from "../vendor/preact.js";
import { Icon } from "./icons.js";
import { Avatar, Name } from "./person.js";
import { clock } from "./time.js";

interface Props {
  client: SignedIn;
  talk: Talk;
  message: Message;
  /** Whether the one above is of the same sender. */
  continued: boolean;
  next: Message | undefined;
  onReply: (message: Message) => void;
  onEdit: (message: Message) => void;
}

export class Bubble extends Component<Props, { deleting: boolean }> {
  override state = { deleting: false };

  private readonly remove = () => {
    this.setState({ deleting: false });
    void this.props.client.remove(this.props.message);
  };

  override render({ client, talk, message, continued, next, onReply, onEdit }: Props, { deleting }: { deleting: boolean }) {
    const { me, people } = client;
    const { chat } = client.live;
    const mine = message.senderId === me.id;
    const sender = people.name(message.senderId);
    const group = talk.conversation.kind === "group";
    const readers = talk.readersUpTo(message, next).filter((id) => id !== me.id);
    return (
      <article class={`message ${mine ? "mine" : "theirs"} ${continued ? "continued" : ""}`} data-id={message.id} tabIndex={-1}>
        {!mine && group && <Avatar id={message.senderId} name={sender} />}
        <div class="content">
          {!mine && group && !continued && (
            <p class="sender">
              <Name of={sender} />
            </p>
          )}
          {(mine || !group || continued) && <span class="unseen">{mine ? "You: " : `${sender}: `}</span>}
          <div class="line">
            <div class="bubble">
              {message.replyTo && <Quote client={client} talk={talk} id={message.replyTo} />}
              {message.deleted ? <p class="gone">This message was deleted</p> : <p dir="auto">{message.content}</p>}
              <span class="meta">
                {message.edited && !message.deleted && "edited · "}
                <time dateTime={message.createdAt}>{clock(message.createdAt)}</time>
              </span>
            </div>
            {!message.deleted && !deleting && (
              <div class="actions" role="group" aria-label="Actions">
                {chat.replies && <Action of="reply" label="Reply" onDo={() => onReply(message)} />}
                {mine && chat.edit && <Action of="edit" label="Edit" onDo={() => onEdit(message)} />}
                {mine && chat.remove && <Action of="trash" label="Delete" onDo={() => this.setState({ deleting: true })} />}
              </div>
            )}
            {deleting && (
              <div class="confirm" role="group" aria-label="Delete this message?">
                <button class="danger" ref={(button) => button?.focus()} onClick={this.remove}>
                  Yes, delete
                </button>
                <button onClick={() => this.setState({ deleting: false })}>Keep</button>
              </div>
            )}
          </div>
          {readers.length > 0 && (
            <p class="readers">
              {group ? (
                <>
                  Read by <bdi>{readers.map((id) => people.name(id)).join(", ")}</bdi>
                </>
              ) : (
                "Read"
              )}
            </p>
          )}
        </div>
      </article>
    );
  }
}

function Action({ of, label, onDo }: { of: "reply" | "edit" | "trash"; label: string; onDo: () => void }) {
  return (
    <button class="icon-button" aria-label={label} title={label} onClick={onDo}>
      <Icon of={of} />
    </button>
  );
}

/** What a message answers. */
function Quote({ client, talk, id }: { client: SignedIn; talk: Talk; id: string }) {
  const answered = talk.find(id);
  if (!answered) return <blockquote>An earlier message</blockquote>;
  return (
    <blockquote>
      <Name of={answered.senderId === client.me.id ? "You" : client.people.name(answered.senderId)} />
      <span dir="auto">{answered.deleted ? "This message was deleted" : answered.content}</span>
    </blockquote>
  );
}

/** A message that is not on the server yet. */
export function Waiting({ client, pending }: { client: SignedIn; pending: Pending }) {
  return (
    <article class="message mine waiting">
      <div class="content">
        <div class="line">
          <div class="bubble">
            <p dir="auto">{pending.content}</p>
            <span class="meta">{client.live.link === "open" ? "sending…" : "waits for the connection"}</span>
          </div>
        </div>
        {pending.failed && (
          <p class="readers refused" role="alert">
            {`Not sent: ${pending.failed} `}
            <button class="link" onClick={() => void client.resend(pending)}>
              Try again
            </button>{" "}
            <button class="link" onClick={() => client.discard(pending)}>
              Discard
            </button>
          </p>
        )}
      </div>
    </article>
  );
}
