/** The whole page. */

import type { Client, SignedIn } from "../client.js";
import type { Talk } from "../talk.js";
import { Component, h } from "../vendor/preact.js";
import { type About, Composer } from "./composer.js";
import { Icon } from "./icons.js";
import { Avatar, Name } from "./person.js";
import { Sidebar, peer, titleOf } from "./sidebar.js";
import { SigningIn } from "./signing-in.js";
import { Starting } from "./starting.js";
import { Thread } from "./thread.js";
import { Wire } from "./wire.js";

interface Shown {
  wire: boolean;
  starting: boolean;
  about: About | undefined;
}

const WIDE = 1100;

export class App extends Component<{ client: Client }, Shown> {
  override state: Shown = { wire: innerWidth >= WIDE, starting: false, about: undefined };
  private talk: Talk | undefined;

  override render({ client }: { client: Client }, { wire, starting, about }: Shown) {
    if (!client.isSignedIn()) return <SigningIn client={client} />;
    const talk = client.live.open;
    // What was begun in one conversation is not for the next.
    const here = this.talk === talk ? about : undefined;
    this.talk = talk;
    const setAbout = (next: About | undefined) => this.setState({ about: next });
    return (
      <main class={`app ${talk ? "talking" : "choosing"} ${wire ? "wired" : ""}`}>
        <Sidebar client={client} onNew={() => this.setState({ starting: true })} />
        <div class="conversation">
          {talk ? (
            <section key={talk.conversation.id} class="talk" aria-label={titleOf(client, talk)}>
              <Heading client={client} talk={talk} wire={wire} onWire={() => this.setState({ wire: !wire })} />
              <Away client={client} />
              <Thread
                client={client}
                talk={talk}
                onReply={(message) => setAbout({ message, edits: false })}
                onEdit={(message) => setAbout({ message, edits: true })}
              />
              <Composer client={client} talk={talk} about={here} onAbout={setAbout} />
            </section>
          ) : (
            <Nobody client={client} wire={wire} onWire={() => this.setState({ wire: !wire })} />
          )}
        </div>
        {wire && <Wire client={client} onClose={() => this.setState({ wire: false })} />}
        {starting && <Starting client={client} onClose={() => this.setState({ starting: false })} />}
        {client.notice && (
          <div class="notice" role="alert">
            <span>{client.notice}</span>
            <button class="icon-button" aria-label="Dismiss" onClick={() => client.dismiss()}>
              <Icon of="close" />
            </button>
          </div>
        )}
      </main>
    );
  }
}

interface Toggle {
  client: SignedIn;
  wire: boolean;
  onWire: () => void;
}

function Heading({ client, talk, wire, onWire }: Toggle & { talk: Talk }) {
  const title = titleOf(client, talk);
  const other = peer(client, talk);
  const { memberIds, id } = talk.conversation;
  const online = memberIds.filter((each) => each !== client.me.id && client.people.isOnline(each)).length;
  return (
    <header class="bar heading">
      <button class="icon-button back" aria-label="All conversations" onClick={() => void client.live.select(undefined)}>
        <Icon of="back" />
      </button>
      <Avatar id={other ?? id} name={title} online={other ? client.people.isOnline(other) : undefined} />
      <div class="what">
        <h1>
          <Name of={title} />
        </h1>
        <small role="status">
          {other ? (online ? "online" : "offline") : `${memberIds.length} members, ${online + 1} online`}
        </small>
      </div>
      <WireButton wire={wire} onWire={onWire} />
    </header>
  );
}

function WireButton({ wire, onWire }: Pick<Toggle, "wire" | "onWire">) {
  return (
    <button class="quiet wire-button" aria-pressed={wire} title="Watch the frames" onClick={onWire}>
      <Icon of="frames" /> <span>Wire</span>
    </button>
  );
}

/** Says that there is no connection, and how to get one. */
function Away({ client }: { client: SignedIn }) {
  if (client.live.link === "open") return null;
  return (
    <div class="away" role="status">
      {client.live.link === "cut" && "You are offline. What you write is sent when you are back."}
      {client.live.link === "lost" && "The connection is lost. Trying again…"}
      {client.live.link === "connecting" && "Connecting…"}
      {client.live.link === "cut" && (
        <button class="link" onClick={() => client.live.chat.mend()}>
          Reconnect
        </button>
      )}
    </div>
  );
}

function Nobody({ client, wire, onWire }: Toggle) {
  return (
    <section class="nobody">
      <header class="bar heading">
        <div class="what" />
        <WireButton wire={wire} onWire={onWire} />
      </header>
      <Away client={client} />
      <p class="nothing">{client.live.talks.size ? "Choose a conversation." : "Your conversations will be here."}</p>
    </section>
  );
}
