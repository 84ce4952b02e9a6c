/** A message, and what one can do with it. */
import { Component, Fragment, h } from "../vendor/preact.js";
import { Icon } from "./icons.js";
import { Avatar, Name } from "./person.js";
import { clock } from "./time.js";
export class Bubble extends Component {
    state = { deleting: false };
    remove = () => {
        this.setState({ deleting: false });
        void this.props.client.remove(this.props.message);
    };
    render({ client, talk, message, continued, next, onReply, onEdit }, { deleting }) {
        const { me, people } = client;
        const { chat } = client.live;
        const mine = message.senderId === me.id;
        const sender = people.name(message.senderId);
        const group = talk.conversation.kind === "group";
        const readers = talk.readersUpTo(message, next).filter((id) => id !== me.id);
        return (h("article", { class: `message ${mine ? "mine" : "theirs"} ${continued ? "continued" : ""}`, "data-id": message.id, tabIndex: -1 },
            !mine && group && h(Avatar, { id: message.senderId, name: sender }),
            h("div", { class: "content" },
                !mine && group && !continued && (h("p", { class: "sender" },
                    h(Name, { of: sender }))),
                (mine || !group || continued) && h("span", { class: "unseen" }, mine ? "You: " : `${sender}: `),
                h("div", { class: "line" },
                    h("div", { class: "bubble" },
                        message.replyTo && h(Quote, { client: client, talk: talk, id: message.replyTo }),
                        message.deleted ? h("p", { class: "gone" }, "This message was deleted") : h("p", { dir: "auto" }, message.content),
                        h("span", { class: "meta" },
                            message.edited && !message.deleted && "edited · ",
                            h("time", { dateTime: message.createdAt }, clock(message.createdAt)))),
                    !message.deleted && !deleting && (h("div", { class: "actions", role: "group", "aria-label": "Actions" },
                        chat.replies && h(Action, { of: "reply", label: "Reply", onDo: () => onReply(message) }),
                        mine && chat.edit && h(Action, { of: "edit", label: "Edit", onDo: () => onEdit(message) }),
                        mine && chat.remove && h(Action, { of: "trash", label: "Delete", onDo: () => this.setState({ deleting: true }) }))),
                    deleting && (h("div", { class: "confirm", role: "group", "aria-label": "Delete this message?" },
                        h("button", { class: "danger", ref: (button) => button?.focus(), onClick: this.remove }, "Yes, delete"),
                        h("button", { onClick: () => this.setState({ deleting: false }) }, "Keep")))),
                readers.length > 0 && (h("p", { class: "readers" }, group ? (h(Fragment, null,
                    "Read by ",
                    h("bdi", null, readers.map((id) => people.name(id)).join(", ")))) : ("Read"))))));
    }
}
function Action({ of, label, onDo }) {
    return (h("button", { class: "icon-button", "aria-label": label, title: label, onClick: onDo },
        h(Icon, { of: of })));
}
/** What a message answers. */
function Quote({ client, talk, id }) {
    const answered = talk.find(id);
    if (!answered)
        return h("blockquote", null, "An earlier message");
    return (h("blockquote", null,
        h(Name, { of: answered.senderId === client.me.id ? "You" : client.people.name(answered.senderId) }),
        h("span", { dir: "auto" }, answered.deleted ? "This message was deleted" : answered.content)));
}
/** A message that is not on the server yet. */
export function Waiting({ client, pending }) {
    return (h("article", { class: "message mine waiting" },
        h("div", { class: "content" },
            h("div", { class: "line" },
                h("div", { class: "bubble" },
                    h("p", { dir: "auto" }, pending.content),
                    h("span", { class: "meta" }, client.live.link === "open" ? "sending…" : "waits for the connection"))),
            pending.failed && (h("p", { class: "readers refused", role: "alert" },
                `Not sent: ${pending.failed} `,
                h("button", { class: "link", onClick: () => void client.resend(pending) }, "Try again"),
                " ",
                h("button", { class: "link", onClick: () => client.discard(pending) }, "Discard"))))));
}
