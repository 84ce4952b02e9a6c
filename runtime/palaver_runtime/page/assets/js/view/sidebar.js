/** Whom one talks with: the conversations, and who one is oneself. */
import { Component, h } from "../vendor/preact.js";
import { Brand, Icon } from "./icons.js";
import { Avatar, Name } from "./person.js";
import { short } from "./time.js";
export function Sidebar({ client, onNew }) {
    const talks = client.live.sorted;
    // The first heading is what is looked at.
    const Title = client.live.open ? "p" : "h1";
    return (h("nav", { class: "sidebar", "aria-label": "Conversations" },
        h("header", { class: "bar" },
            h(Title, { class: "title" },
                h(Brand, null),
                " Palaver"),
            h("button", { class: "icon-button", "aria-label": "New conversation", title: "New conversation", onClick: onNew },
                h(Icon, { of: "plus" }))),
        client.live.listed && !talks.length && (h("div", { class: "empty" },
            h("p", null, "Nobody to talk with yet."),
            h("button", { class: "primary", onClick: onNew }, "Start a conversation"),
            h("p", { class: "hint" }, "For somebody to talk with, open this page in a second tab and sign up there."))),
        h("ul", { class: "talks" }, talks.map((talk) => (h("li", { key: talk.conversation.id },
            h(Entry, { client: client, talk: talk }))))),
        h(Speaking, { client: client }),
        h(Myself, { client: client })));
}
function Entry({ client, talk }) {
    const { conversation } = talk;
    const other = peer(client, talk);
    const title = titleOf(client, talk);
    const { unread, last } = conversation;
    return (h("button", { class: "entry", "aria-current": client.live.open === talk ? "true" : undefined, onClick: () => void client.live.select(conversation.id) },
        h(Avatar, { id: other ?? conversation.id, name: title, online: other ? client.people.isOnline(other) : undefined }),
        h("span", { class: "what" },
            h("span", { class: "title" },
                h(Name, { of: title }),
                last && h("time", { dateTime: last.createdAt }, short(last.createdAt))),
            h("span", { class: "preview" },
                h("span", { class: "text" },
                    h(Preview, { client: client, talk: talk })),
                unread > 0 && (h("span", { class: "unread" },
                    unread > 99 ? "99+" : unread,
                    h("span", { class: "unseen" }, " unread")))))));
}
function Preview({ client, talk }) {
    const { last } = talk.conversation;
    const [typing] = talk.typing;
    if (typing) {
        return (h("em", { class: "typing" },
            h(Name, { of: client.people.name(typing) }),
            " is typing…"));
    }
    if (talk.text && client.live.open !== talk)
        return h("bdi", null, `Draft: ${talk.text}`);
    if (!last)
        return h("em", null, "Nothing was said yet");
    if (last.deleted)
        return h("em", null, "A message was deleted");
    const mine = last.senderId === client.me.id ? "You: " : "";
    return (h("span", null,
        mine,
        h("bdi", null, last.content)));
}
/** The other one of a conversation of two. */
export function peer(client, { conversation }) {
    if (conversation.kind !== "direct")
        return undefined;
    return conversation.memberIds.find((id) => id !== client.me.id);
}
export function titleOf(client, talk) {
    const { name, memberIds } = talk.conversation;
    const other = peer(client, talk);
    if (other)
        return client.people.name(other);
    const others = memberIds.filter((id) => id !== client.me.id);
    return name || others.map((id) => client.people.name(id)).join(", ") || "Alone";
}
function Speaking({ client }) {
    const { dialects, live } = client;
    return (h("label", { class: "speaking" },
        h("span", null, "Dialect"),
        h("select", { value: live.spoken.name, disabled: dialects.length < 2, onChange: (event) => client.speak(event.currentTarget.value) }, dialects.map(({ name }) => (h("option", { key: name, value: name }, name)))),
        h("small", null, live.spoken.dialect.wire)));
}
class Myself extends Component {
    state = { copied: false };
    copy = async () => {
        await navigator.clipboard.writeText(this.props.client.me.id);
        this.setState({ copied: true });
        setTimeout(() => this.setState({ copied: false }), 2000);
    };
    render({ client }, { copied }) {
        const { id, name } = client.me;
        return (h("footer", { class: "myself" },
            h(Avatar, { id: id, name: name, online: client.live.link === "open" }),
            h("span", { class: "what" },
                h(Name, { of: name }),
                h("small", { role: "status" }, copied ? "Your id is copied" : LINKS[client.live.link])),
            h("button", { class: "icon-button", "aria-label": "Copy my id", title: "Copy my id, for others to write to me", onClick: this.copy },
                h(Icon, { of: copied ? "check" : "copy" })),
            h("button", { class: "icon-button", "aria-label": "Sign out", title: "Sign out", onClick: () => void client.signOut() },
                h(Icon, { of: "leave" }))));
    }
}
const LINKS = { connecting: "connecting…", open: "online", lost: "connection lost", cut: "offline" };
