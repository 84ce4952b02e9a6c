/** Where somebody says who they are. */
import { Component, h } from "../vendor/preact.js";
import { Brand } from "./icons.js";
export class SigningIn extends Component {
    state = { isNew: true, busy: false };
    submit = async (event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        const [username, password, displayName] = ["username", "password", "displayName"].map((name) => String(given.get(name) ?? "").trim());
        this.setState({ busy: true, refused: "" });
        try {
            if (this.state.isNew)
                await this.props.client.signUp(username, password, displayName);
            else
                await this.props.client.signIn(username, password);
        }
        catch (error) {
            this.setState({ busy: false, refused: error instanceof Error ? error.message : String(error) });
        }
    };
    choose(isNew) {
        this.setState({ isNew, refused: "" });
    }
    render({ client }, { isNew, busy, refused }) {
        return (h("main", { class: "entrance" },
            h("div", { class: "card" },
                h("h1", null,
                    h(Brand, null),
                    " Palaver"),
                h("p", { class: "soft" }, client.notice ?? "Talk, and watch what goes over the wire."),
                h("div", { class: "tabs", role: "group", "aria-label": "New here or not" },
                    h("button", { type: "button", "aria-pressed": isNew, onClick: () => this.choose(true) }, "Sign up"),
                    h("button", { type: "button", "aria-pressed": !isNew, onClick: () => this.choose(false) }, "Sign in")),
                h("form", { onSubmit: this.submit },
                    h("label", null,
                        "User name",
                        h("input", { name: "username", required: true, autocomplete: "username", autocapitalize: "none", spellcheck: false, autofocus: true })),
                    isNew && (h("label", null,
                        h("span", null,
                            "Name to show ",
                            h("span", { class: "soft" }, "(optional)")),
                        h("input", { name: "displayName", autocomplete: "nickname", dir: "auto" }))),
                    h("label", null,
                        "Password",
                        h("input", { name: "password", type: "password", required: true, autocomplete: isNew ? "new-password" : "current-password", "aria-describedby": "password-hint" })),
                    isNew && (h("p", { id: "password-hint", class: "hint" }, "At least 8 characters. It is kept on this server alone.")),
                    h("p", { class: "refused", role: "alert" }, refused),
                    h("button", { class: "primary", disabled: busy }, isNew ? "Sign up" : "Sign in")),
                h("p", { class: "hint" }, "Each tab is somebody of its own: open a second one, and talk to yourself."))));
    }
}
