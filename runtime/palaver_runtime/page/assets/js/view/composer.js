/** Where one writes. */
import { Component, createRef, h } from "../vendor/preact.js";
import { Icon } from "./icons.js";
import { Name } from "./person.js";
export class Composer extends Component {
    state = { edit: "" };
    field = createRef();
    componentDidMount() {
        this.fit();
        // On a phone the keyboard would cover the conversation that was just opened.
        if (!matchMedia("(pointer: coarse)").matches)
            this.field.current?.focus();
    }
    componentDidUpdate(previous) {
        const { about } = this.props;
        if (about !== previous.about && about) {
            if (about.edits)
                this.setState({ edit: about.message.content });
            this.field.current?.focus();
        }
        this.fit();
    }
    /** As high as what is written, up to what the style allows. */
    fit() {
        const field = this.field.current;
        if (!field)
            return;
        field.style.height = "auto";
        field.style.height = `${field.scrollHeight + 2}px`;
    }
    get editing() {
        return this.props.about?.edits ? this.props.about.message : undefined;
    }
    write = (event) => {
        const text = event.currentTarget.value;
        if (this.editing)
            this.setState({ edit: text });
        else
            this.props.client.typed(text);
    };
    send = (event) => {
        event?.preventDefault();
        const { client, talk, about, onAbout } = this.props;
        const editing = this.editing;
        const content = (editing ? this.state.edit : talk.text).trim();
        if (!content)
            return;
        onAbout(undefined);
        if (editing) {
            if (content !== editing.content)
                void client.edit(editing, content);
        }
        else {
            client.typed("");
            void client.send(content, about?.message);
        }
        this.field.current?.focus();
    };
    key = (event) => {
        const { client, talk, about, onAbout } = this.props;
        // Enter that ends a composition, as of Japanese, is not meant for us.
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            this.send(event);
        }
        else if (event.key === "Escape" && about) {
            event.preventDefault();
            onAbout(undefined);
        }
        else if (event.key === "ArrowUp" && !talk.text && !about && client.live.chat.edit) {
            const last = [...talk.messages].reverse().find((each) => each.senderId === client.me.id && !each.deleted);
            if (last) {
                event.preventDefault();
                onAbout({ message: last, edits: true });
            }
        }
    };
    render({ client, talk, about, onAbout }, { edit }) {
        const editing = this.editing;
        return (h("form", { class: "composer", onSubmit: this.send },
            about && (h("div", { class: "about" },
                h("span", { class: "bar-mark" }),
                h("span", { class: "what" },
                    editing ? (h("strong", null, "Edit your message")) : (h("strong", null,
                        "Reply to ",
                        h(Name, { of: about.message.senderId === client.me.id ? "yourself" : client.people.name(about.message.senderId) }))),
                    h("bdi", null, about.message.content)),
                h("button", { type: "button", class: "icon-button", "aria-label": "Cancel", title: "Cancel (Escape)", onClick: () => onAbout(undefined) },
                    h(Icon, { of: "close" })))),
            h("div", { class: "field" },
                h("textarea", { ref: this.field, rows: 1, maxLength: 5000, dir: "auto", "aria-label": "Message", placeholder: "Write a message", enterkeyhint: "send", value: editing ? edit : talk.text, onInput: this.write, onKeyDown: this.key }),
                h("button", { class: "send", "aria-label": editing ? "Save" : "Send", title: editing ? "Save (Enter)" : "Send (Enter)" },
                    h(Icon, { of: editing ? "check" : "send" })))));
    }
}
