/** The whole page. */
import { Component, h } from "../vendor/preact.js";
import { Composer } from "./composer.js";
import { Icon } from "./icons.js";
import { Avatar, Name } from "./person.js";
import { Sidebar, peer, titleOf } from "./sidebar.js";
import { SigningIn } from "./signing-in.js";
import { Starting } from "./starting.js";
import { Thread } from "./thread.js";
import { Wire } from "./wire.js";
const WIDE = 1100;
export class App extends Component {
    state = { wire: innerWidth >= WIDE, starting: false, about: undefined };
    talk;
    render({ client }, { wire, starting, about }) {
        if (!client.isSignedIn())
            return h(SigningIn, { client: client });
        const talk = client.live.open;
        // What was begun in one conversation is not for the next.
        const here = this.talk === talk ? about : undefined;
        this.talk = talk;
        const setAbout = (next) => this.setState({ about: next });
        return (h("main", { class: `app ${talk ? "talking" : "choosing"} ${wire ? "wired" : ""}` },
            h(Sidebar, { client: client, onNew: () => this.setState({ starting: true }) }),
            h("div", { class: "conversation" }, talk ? (h("section", { key: talk.conversation.id, class: "talk", "aria-label": titleOf(client, talk) },
                h(Heading, { client: client, talk: talk, wire: wire, onWire: () => this.setState({ wire: !wire }) }),
                h(Away, { client: client }),
                h(Thread, { client: client, talk: talk, onReply: (message) => setAbout({ message, edits: false }), onEdit: (message) => setAbout({ message, edits: true }) }),
                h(Composer, { client: client, talk: talk, about: here, onAbout: setAbout }))) : (h(Nobody, { client: client, wire: wire, onWire: () => this.setState({ wire: !wire }) }))),
            wire && h(Wire, { client: client, onClose: () => this.setState({ wire: false }) }),
            starting && h(Starting, { client: client, onClose: () => this.setState({ starting: false }) }),
            client.notice && (h("div", { class: "notice", role: "alert" },
                h("span", null, client.notice),
                h("button", { class: "icon-button", "aria-label": "Dismiss", onClick: () => client.dismiss() },
                    h(Icon, { of: "close" }))))));
    }
}
function Heading({ client, talk, wire, onWire }) {
    const title = titleOf(client, talk);
    const other = peer(client, talk);
    const { memberIds, id } = talk.conversation;
    const online = memberIds.filter((each) => each !== client.me.id && client.people.isOnline(each)).length;
    return (h("header", { class: "bar heading" },
        h("button", { class: "icon-button back", "aria-label": "All conversations", onClick: () => void client.live.select(undefined) },
            h(Icon, { of: "back" })),
        h(Avatar, { id: other ?? id, name: title, online: other ? client.people.isOnline(other) : undefined }),
        h("div", { class: "what" },
            h("h1", null,
                h(Name, { of: title })),
            h("small", { role: "status" }, other ? (online ? "online" : "offline") : `${memberIds.length} members, ${online + 1} online`)),
        h(WireButton, { wire: wire, onWire: onWire })));
}
function WireButton({ wire, onWire }) {
    return (h("button", { class: "quiet wire-button", "aria-pressed": wire, title: "Watch the frames", onClick: onWire },
        h(Icon, { of: "frames" }),
        " ",
        h("span", null, "Wire")));
}
/** Says that there is no connection, and how to get one. */
function Away({ client }) {
    if (client.live.link === "open")
        return null;
    return (h("div", { class: "away", role: "status" },
        client.live.link === "cut" && "You are offline. What you write is sent when you are back.",
        client.live.link === "lost" && "The connection is lost. Trying again…",
        client.live.link === "connecting" && "Connecting…",
        client.live.link === "cut" && (h("button", { class: "link", onClick: () => client.live.chat.mend() }, "Reconnect"))));
}
function Nobody({ client, wire, onWire }) {
    return (h("section", { class: "nobody" },
        h("header", { class: "bar heading" },
            h("div", { class: "what" }),
            h(WireButton, { wire: wire, onWire: onWire })),
        h(Away, { client: client }),
        h("p", { class: "nothing" }, client.live.talks.size ? "Choose a conversation." : "Your conversations will be here.")));
}
