/** Whom one talks with: the conversations, and who one is oneself. */

import type { SignedIn } from "../client.js";
import type { Talk } from "../talk.js";
import { Component, h } from "../vendor/preact.js";
import { Brand, Icon } from "./icons.js";
import { Avatar, Name } from "./person.js";
import { short } from "./time.js";

interface Props {
  client: SignedIn;
  onNew: () => void;
}

export function Sidebar({ client, onNew }: Props) {
  const talks = client.live.sorted;
  // The first heading is what is looked at.
  const Title = client.live.open ? "p" : "h1";
  return (
    <nav class="sidebar" aria-label="Conversations">
      <header class="bar">
        <Title class="title">
          <Brand /> Palaver
        </Title>
        <button class="icon-button" aria-label="New conversation" title="New conversation" onClick={onNew}>
          <Icon of="plus" />
        </button>
      </header>
      {client.live.listed && !talks.length && (
        <div class="empty">
          <p>Nobody to talk with yet.</p>
          <button class="primary" onClick={onNew}>
            Start a conversation
          </button>
          <p class="hint">For somebody to talk with, open this page in a second tab and sign up there.</p>
        </div>
      )}
      <ul class="talks">
        {talks.map((talk) => (
          <li key={talk.conversation.id}>
            <Entry client={client} talk={talk} />
          </li>
        ))}
      </ul>
      <Speaking client={client} />
      <Myself client={client} />
    </nav>
  );
}

function Entry({ client, talk }: { client: SignedIn; talk: Talk }) {
  const { conversation } = talk;
  const other = peer(client, talk);
  const title = titleOf(client, talk);
  const { unread, last } = conversation;
  return (
    <button
      class="entry"
      aria-current={client.live.open === talk ? "true" : undefined}
      onClick={() => void client.live.select(conversation.id)}
    >
      <Avatar id={other ?? conversation.id} name={title} online={other ? client.people.isOnline(other) : undefined} />
      <span class="what">
        <span class="title">
          <Name of={title} />
          {last && <time dateTime={last.createdAt}>{short(last.createdAt)}</time>}
        </span>
        <span class="preview">
          <span class="text">
            <Preview client={client} talk={talk} />
          </span>
          {unread > 0 && (
            <span class="unread">
              {unread > 99 ? "99+" : unread}
              <span class="unseen"> unread</span>
            </span>
          )}
        </span>
      </span>
    </button>
  );
}

function Preview({ client, talk }: { client: SignedIn; talk: Talk }) {
  const { last } = talk.conversation;
  const [typing] = talk.typing;
  if (typing) {
    return (
      <em class="typing">
        <Name of={client.people.name(typing)} />
        {" is typing…"}
      </em>
    );
  }
  if (talk.text && client.live.open !== talk) return <bdi>{`Draft: ${talk.text}`}</bdi>;
  if (!last) return <em>{"Nothing was said yet"}</em>;
  if (last.deleted) return <em>{"A message was deleted"}</em>;
  const mine = last.senderId === client.me.id ? "You: " : "";
  return (
    <span>
      {mine}
      <bdi>{last.content}</bdi>
    </span>
  );
}

/** The other one of a conversation of two. */
export function peer(client: SignedIn, { conversation }: Talk): string | undefined {
  if (conversation.kind !== "direct") return undefined;
  return conversation.memberIds.find((id) => id !== client.me.id);
}

export function titleOf(client: SignedIn, talk: Talk): string {
  const { name, memberIds } = talk.conversation;
  const other = peer(client, talk);
  if (other) return client.people.name(other);
  const others = memberIds.filter((id) => id !== client.me.id);
  return name || others.map((id) => client.people.name(id)).join(", ") || "Alone";
}

function Speaking({ client }: { client: SignedIn }) {
  const { dialects, live } = client;
  return (
    <label class="speaking">
      <span>Dialect</span>
      <select
        value={live.spoken.name}
        disabled={dialects.length < 2}
        onChange={(event) => client.speak((event.currentTarget as HTMLSelectElement).value)}
      >
        {dialects.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <small>{live.spoken.dialect.wire}</small>
    </label>
  );
}

class Myself extends Component<{ client: SignedIn }, { copied: boolean }> {
  override state = { copied: false };

  private readonly copy = async () => {
    await navigator.clipboard.writeText(this.props.client.me.id);
    this.setState({ copied: true });
    setTimeout(() => this.setState({ copied: false }), 2000);
  };

  override render({ client }: { client: SignedIn }, { copied }: { copied: boolean }) {
    const { id, name } = client.me;
    return (
      <footer class="myself">
        <Avatar id={id} name={name} online={client.live.link === "open"} />
        <span class="what">
          <Name of={name} />
          <small role="status">{copied ? "Your id is copied" : LINKS[client.live.link]}</small>
        </span>
        <button class="icon-button" aria-label="Copy my id" title="Copy my id, for others to write to me" onClick={this.copy}>
          <Icon of={copied ? "check" : "copy"} />
        </button>
        <button class="icon-button" aria-label="Sign out" title="Sign out" onClick={() => void client.signOut()}>
          <Icon of="leave" />
        </button>
      </footer>
    );
  }
}

const LINKS = { connecting: "connecting…", open: "online", lost: "connection lost", cut: "offline" };
