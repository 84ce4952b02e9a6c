/** What is said in one conversation. */
import { Component, Fragment, createRef, h } from "../vendor/preact.js";
import { Bubble, Waiting } from "./bubble.js";
import { day } from "./time.js";
const NEAR = 120;
/** Keeps the newest in sight, unless the reader has gone up to older ones. */
export class Thread extends Component {
    list = createRef();
    following = true;
    before;
    shown;
    /** The list gets lower when a keyboard comes up, or the field for a message is higher. */
    size = new ResizeObserver(() => this.settle());
    componentDidMount() {
        this.settle();
        if (this.list.current)
            this.size.observe(this.list.current);
    }
    componentWillUnmount() {
        this.size.disconnect();
    }
    componentDidUpdate() {
        this.settle();
    }
    /** Stay where the reader is: at the end, or at the message that was there before older ones came above it. */
    settle() {
        const list = this.list.current;
        const { talk } = this.props;
        if (!list)
            return;
        if (this.shown !== talk)
            this.following = true;
        const first = talk.messages[0]?.id;
        if (this.following)
            list.scrollTop = list.scrollHeight;
        else if (this.before && this.before.first !== first)
            list.scrollTop = this.before.top + list.scrollHeight - this.before.height;
        this.shown = talk;
        this.before = { height: list.scrollHeight, top: list.scrollTop, first };
    }
    scrolled = () => {
        const list = this.list.current;
        if (!list || !this.before)
            return;
        this.following = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
        this.before = { ...this.before, height: list.scrollHeight, top: list.scrollTop };
    };
    render({ client, talk, onReply, onEdit }) {
        const { messages, pending, caughtUp } = talk;
        return (h("div", { class: "thread", ref: this.list, onScroll: this.scrolled, role: "log", "aria-label": "Messages", tabIndex: 0 },
            talk.more && (h("button", { class: "older", onClick: () => void client.live.older(talk) }, "Older messages")),
            talk.loaded && !messages.length && !pending.length && h("p", { class: "nothing" }, "Nothing was said yet. Begin."),
            messages.map((message, index) => {
                const previous = messages[index - 1];
                const newDay = !previous || day(previous.createdAt) !== day(message.createdAt);
                return (h(Fragment, { key: message.id },
                    newDay && h("p", { class: "day" }, day(message.createdAt)),
                    h(Bubble, { client: client, talk: talk, message: message, continued: !newDay && previous?.senderId === message.senderId, next: messages[index + 1], onReply: onReply, onEdit: onEdit })));
            }),
            pending.map((each) => (h(Waiting, { key: each.clientMessageId, client: client, pending: each }))),
            caughtUp > 0 && (h("p", { class: "caught-up", role: "status" }, caughtUp === 1 ? "Caught up with what you missed: 1 change" : `Caught up with what you missed: ${caughtUp} changes`)),
            h(Typing, { client: client, talk: talk })));
    }
}
function Typing({ client, talk }) {
    const names = [...talk.typing].map((id) => client.people.name(id));
    return (h("p", { class: names.length ? "typing-now" : "typing-now none", role: "status" }, names.length > 0 && (h(Fragment, null,
        h("span", { class: "dots", "aria-hidden": "true" },
            h("i", null),
            h("i", null),
            h("i", null)),
        h("bdi", null, names.join(", ")),
        " ",
        names.length === 1 ? "is typing" : "are typing"))));
}
