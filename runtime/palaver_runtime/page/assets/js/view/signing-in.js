/** Where somebody says who they are. */
import { Component, Fragment, h } from "../vendor/preact.js";
import { Brand } from "./icons.js";
export class SigningIn extends Component {
    state = { isNew: true, busy: false };
    submit = async (event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        const field = (name) => String(given.get(name) ?? "");
        const { client } = this.props;
        this.setState({ busy: true, refused: "" });
        try {
            if (!client.session.accounts)
                client.bring(field("token").trim());
            else if (this.state.isNew)
                await client.signUp(field("username").trim(), field("password"), field("displayName").trim());
            else
                await client.signIn(field("username").trim(), field("password"));
        }
        catch (error) {
            this.setState({ busy: false, refused: error instanceof Error ? error.message : String(error) });
        }
    };
    choose(isNew) {
        this.setState({ isNew, refused: "" });
    }
    render({ client }, { isNew, busy, refused }) {
        const { accounts } = client.session;
        return (h("main", { class: "entrance" },
            h("div", { class: "card" },
                h("h1", null,
                    h(Brand, null),
                    " Palaver"),
                h("p", { class: "soft" }, client.notice ?? "Talk, and watch what goes over the wire."),
                accounts && (h("div", { class: "tabs", role: "group", "aria-label": "New here or not" },
                    h("button", { type: "button", "aria-pressed": isNew, onClick: () => this.choose(true) }, "Sign up"),
                    h("button", { type: "button", "aria-pressed": !isNew, onClick: () => this.choose(false) }, "Sign in"))),
                h("form", { onSubmit: this.submit },
                    accounts ? h(Account, { isNew: isNew }) : h(Token, { dialect: client.dialects[0].name }),
                    h("p", { class: "refused", role: "alert" }, refused),
                    h("button", { class: "primary", disabled: busy }, accounts && isNew ? "Sign up" : "Sign in")),
                h("p", { class: "hint" }, "Each tab is somebody of its own: open a second one, and talk to yourself."))));
    }
}
function Account({ isNew }) {
    return (h(Fragment, null,
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
            h("input", { name: "password", type: "password", required: true, autocomplete: isNew ? "new-password" : "current-password", ...(isNew && { "aria-describedby": "password-hint" }) })),
        isNew && (h("p", { id: "password-hint", class: "hint" }, "At least 8 characters. It is kept on this server alone, as a hash."))));
}
/** Where nobody can sign up, tokens are made by somebody who shares the server's secret. */
function Token({ dialect }) {
    return (h(Fragment, null,
        h("label", null,
            "Access token",
            h("input", { name: "token", required: true, autocomplete: "off", spellcheck: false, autofocus: true, "aria-describedby": "token-hint" })),
        h("p", { id: "token-hint", class: "hint" },
            "There are no accounts in ",
            dialect,
            ". It takes a token that is signed with the secret of this server; one that also serves the dialect with accounts lets people sign up here.")));
}
