/** A dialog to start a conversation: with one it is direct, with several a group. */
import { Component, createRef, h } from "../vendor/preact.js";
import { Icon } from "./icons.js";
import { Avatar, Name } from "./person.js";
export class Starting extends Component {
    state = { chosen: [], busy: false, refused: "" };
    dialog = createRef();
    componentDidMount() {
        this.dialog.current?.showModal();
    }
    toggle(id) {
        const { chosen } = this.state;
        this.setState({ chosen: chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id] });
    }
    submit = async (event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        const other = String(given.get("other") ?? "").trim();
        const userIds = [...new Set([...this.state.chosen, ...(other ? [other] : [])])];
        if (!userIds.length)
            return this.setState({ refused: "Choose somebody, or paste an id." });
        this.setState({ busy: true, refused: "" });
        try {
            const id = await this.props.client.start(userIds, String(given.get("name") ?? "").trim());
            // Only without a dialog before it can the field for a message get the focus.
            this.props.onClose();
            void this.props.client.live.select(id);
        }
        catch (error) {
            this.setState({ busy: false, refused: error instanceof Error ? error.message : String(error) });
        }
    };
    render({ client, onClose }, { chosen, busy, refused }) {
        const { people, me } = client;
        const { chat } = client.live;
        const known = people.others(me.id);
        return (h("dialog", { ref: this.dialog, class: "starting", "aria-labelledby": "starting-title", onClose: onClose },
            h("form", { onSubmit: this.submit },
                h("header", { class: "bar" },
                    h("h2", { id: "starting-title" }, "New conversation"),
                    h("button", { type: "button", class: "icon-button", "aria-label": "Close", title: "Close (Escape)", onClick: onClose },
                        h(Icon, { of: "close" }))),
                h("div", { class: "fields" },
                    known.length > 0 && (h("fieldset", null,
                        h("legend", null,
                            "With whom? ",
                            chat.startGroup && "Several make a group."),
                        h("ul", { class: "people" }, known.map(({ id, name }) => (h("li", { key: id },
                            h("label", { class: "person" },
                                h("input", { type: "checkbox", checked: chosen.includes(id), onChange: () => this.toggle(id) }),
                                h(Avatar, { id: id, name: name }),
                                h("span", { class: "what" },
                                    h(Name, { of: name }),
                                    h("small", null, id))))))))),
                    h("label", null,
                        known.length ? "Or somebody else, by id" : "With whom? The id of a user",
                        h("input", { name: "other", autocomplete: "off", spellcheck: false, "aria-describedby": "other-hint" })),
                    h("p", { class: "hint", id: "other-hint" }, "Everybody finds their own at the bottom left, to copy. Who signed in on this browser is listed by itself."),
                    chat.startGroup && (h("label", null,
                        h("span", null,
                            "Name of the group ",
                            h("span", { class: "soft" }, "(optional)")),
                        h("input", { name: "name", maxLength: 100, autocomplete: "off", dir: "auto" }))),
                    h("p", { class: "refused", role: "alert" }, refused)),
                h("footer", null,
                    h("button", { type: "button", onClick: onClose }, "Cancel"),
                    h("button", { class: "primary", disabled: busy }, "Start")))));
    }
}
