/** Where somebody says who they are. */

import type { Client } from "../client.js";
import { Component, Fragment, h } from "../vendor/preact.js";
import { Brand } from "./icons.js";

interface Given {
  isNew: boolean;
  busy: boolean;
  refused?: string;
}

export class SigningIn extends Component<{ client: Client }, Given> {
  override state: Given = { isNew: true, busy: false };

  private readonly submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string) => String(given.get(name) ?? "");
    const { client } = this.props;
    this.setState({ busy: true, refused: "" });
    try {
      if (!client.session.accounts) client.bring(field("token").trim());
      else if (this.state.isNew) await client.signUp(field("username").trim(), field("password"), field("displayName").trim());
      else await client.signIn(field("username").trim(), field("password"));
    } catch (error) {
      this.setState({ busy: false, refused: error instanceof Error ? error.message : String(error) });
    }
  };

  private choose(isNew: boolean): void {
    this.setState({ isNew, refused: "" });
  }

  override render({ client }: { client: Client }, { isNew, busy, refused }: Given) {
    const { accounts } = client.session;
    return (
      <main class="entrance">
        <div class="card">
          <h1>
            <Brand /> Palaver
          </h1>
          <p class="soft">{client.notice ?? "Talk, and watch what goes over the wire."}</p>
          {accounts && (
            <div class="tabs" role="group" aria-label="New here or not">
              <button type="button" aria-pressed={isNew} onClick={() => this.choose(true)}>
                Sign up
              </button>
              <button type="button" aria-pressed={!isNew} onClick={() => this.choose(false)}>
                Sign in
              </button>
            </div>
          )}
          <form onSubmit={this.submit}>
            {accounts ? <Account isNew={isNew} /> : <Token dialect={client.dialects[0]!.name} />}
            <p class="refused" role="alert">
              {refused}
            </p>
            <button class="primary" disabled={busy}>
              {accounts && isNew ? "Sign up" : "Sign in"}
            </button>
          </form>
          <p class="hint">Each tab is somebody of its own: open a second one, and talk to yourself.</p>
        </div>
      </main>
    );
  }
}

function Account({ isNew }: { isNew: boolean }) {
  return (
    <>
      <label>
        User name
        <input name="username" required autocomplete="username" autocapitalize="none" spellcheck={false} autofocus />
      </label>
      {isNew && (
        <label>
          <span>
            Name to show <span class="soft">(optional)</span>
          </span>
          <input name="displayName" autocomplete="nickname" dir="auto" />
        </label>
      )}
      <label>
        Password
        <input
          name="password"
          type="password"
          required
          autocomplete={isNew ? "new-password" : "current-password"}
          {...(isNew && { "aria-describedby": "password-hint" })}
        />
      </label>
      {isNew && (
        <p id="password-hint" class="hint">
          At least 8 characters. It is kept on this server alone, as a hash.
        </p>
      )}
    </>
  );
}

/** Where nobody can sign up, tokens are made by somebody who shares the server's secret. */
function Token({ dialect }: { dialect: string }) {
  return (
    <>
      <label>
        Access token
        <input name="token" required autocomplete="off" spellcheck={false} autofocus aria-describedby="token-hint" />
      </label>
      <p id="token-hint" class="hint">
        There are no accounts in {dialect}. It takes a token that is signed with the secret of this server; one that also
        serves the dialect with accounts lets people sign up here.
      </p>
    </>
  );
}
