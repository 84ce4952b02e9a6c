/** The frames that go over the wire. */
import { Component, createRef, h } from "../vendor/preact.js";
import { Icon } from "./icons.js";
import { exact } from "./time.js";
const DIRECTIONS = { out: "sent", in: "received", note: "note" };
/** What an event begins with on the wire, up to its payload: its name is the label already. */
const EVENT = /^\d*(?:\/[^,]*,)?\d*\["[^"]*",?/;
const ID = /\b[0-9a-f]{24}\b/g;
export class Wire extends Component {
    state = { heartbeats: false };
    list = createRef();
    following = true;
    componentDidMount() {
        this.follow();
    }
    componentDidUpdate() {
        this.follow();
    }
    follow() {
        const list = this.list.current;
        if (list && this.following)
            list.scrollTop = list.scrollHeight;
    }
    scrolled = () => {
        const list = this.list.current;
        if (list)
            this.following = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    };
    render({ client, onClose }, { heartbeats }) {
        const { log, live } = client;
        const frames = log.frames.filter((each) => heartbeats || !each.heartbeat);
        const away = live.link === "cut" || live.link === "lost";
        return (h("section", { class: "wire", "aria-label": "Frames on the wire" },
            h("header", { class: "bar" },
                h("h2", null, "On the wire"),
                h("button", { class: "icon-button", "aria-label": "Close the frames", title: "Close", onClick: onClose },
                    h(Icon, { of: "close" }))),
            h("div", { class: "tools" },
                h("button", { class: away ? "primary" : "quiet", onClick: () => (away ? live.chat.mend() : live.chat.cut()) },
                    h(Icon, { of: away ? "bolt" : "plug" }),
                    " ",
                    away ? "Reconnect" : "Cut the connection"),
                h("label", { class: "check" },
                    h("input", { type: "checkbox", checked: heartbeats, onChange: (event) => this.setState({ heartbeats: event.currentTarget.checked }) }),
                    "Heartbeats"),
                h("button", { class: "link", onClick: () => log.clear() }, "Clear")),
            h("ol", { class: "frames", ref: this.list, onScroll: this.scrolled, tabIndex: 0, "aria-label": "Frames, oldest first" }, frames.map((frame) => (h(Line, { key: frame.number, frame: frame }))))));
    }
}
class Line extends Component {
    state = { open: false };
    shouldComponentUpdate(_, next) {
        return next.open !== this.state.open;
    }
    render({ frame }, { open }) {
        return (h("li", { class: frame.direction },
            h("details", { onToggle: (event) => this.setState({ open: event.currentTarget.open }) },
                h("summary", null,
                    frame.direction === "note" ? h("span", { class: "icon" }) : h(Icon, { of: frame.direction }),
                    h("span", { class: "unseen" },
                        DIRECTIONS[frame.direction],
                        " "),
                    h("code", { class: "label" }, frame.label.replace(ID, (id) => `…${id.slice(-4)}`)),
                    h("code", { class: "start" }, frame.text.replace(EVENT, "").slice(0, 200))),
                open && (h("div", { class: "whole" },
                    h("p", { class: "soft" },
                        h("time", null, exact(frame.at)),
                        frame.text && ` · ${new TextEncoder().encode(frame.text).length} bytes`),
                    h("pre", null, laidOut(frame.text)))))));
    }
}
/** Lay out the JSON of a frame; what stands before it, as the type of a packet, keeps a line of its own. */
function laidOut(text) {
    const [, before = "", json = ""] = /^([^[{]*)([[{].*)?$/s.exec(text) ?? [];
    try {
        return `${before ? `${before}\n` : ""}${JSON.stringify(JSON.parse(json), null, 2)}`;
    }
    catch {
        return text;
    }
}
