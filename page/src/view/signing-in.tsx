/** Where somebody says who they are. */

import type { Client } from "../client.js";
import { Component, h } from "../vendor/preact.js";
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
    const [username, password, displayName] = ["username", "password", "displayName"].map((name) =>
      String(given.get(name) ?? "").trim(),
    ) as [string, string, string];
    this.setState({ busy: true, refused: "" });
    try {
      if (this.state.isNew) await this.props.client.signUp(username, password, displayName);
      else await this.props.client.signIn(username, password);
    } catch (error) {
      this.setState({ busy: false, refused: error instanceof Error ? error.message : String(error) });
    }
  };

  private choose(isNew: boolean): void {
    this.setState({ isNew, refused: "" });
  }

  override render({ client }: { client: Client }, { isNew, busy, refused }: Given) {
    return (
      <main class="entrance">
        <div class="card">
          <h1>
            <Brand /> Palaver
          </h1>
          <p class="soft">{client.notice ?? "Talk, and watch what goes over the wire."}</p>
          <div class="tabs" role="group" aria-label="New here or not">
            <button type="button" aria-pressed={isNew} onClick={() => this.choose(true)}>
              Sign up
            </button>
            <button type="button" aria-pressed={!isNew} onClick={() => this.choose(false)}>
              Sign in
            </button>
          </div>
          <form onSubmit={this.submit}>
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
                aria-describedby="password-hint"
              />
            </label>
            {isNew && (
              <p id="password-hint" class="hint">
                At least 8 characters. It is kept on this server alone.
              </p>
            )}
            <p class="refused" role="alert">
              {refused}
            </p>
            <button class="primary" disabled={busy}>
              {isNew ? "Sign up" : "Sign in"}
            </button>
          </form>
          <p class="hint">Each tab is somebody of its own: open a second one, and talk to yourself.</p>
        </div>
      </main>
    );
  }
}
