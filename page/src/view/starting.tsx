/** A dialog to start a conversation: with one it is direct, with several a group. */

import type { SignedIn } from "../client.js";
import { Component, createRef, h } from "../vendor/preact.js";
import { Icon } from "./icons.js";
import { Avatar, Name } from "./person.js";

interface Props {
  client: SignedIn;
  onClose: () => void;
}

interface Given {
  chosen: string[];
  busy: boolean;
  refused: string;
}

export class Starting extends Component<Props, Given> {
  override state: Given = { chosen: [], busy: false, refused: "" };
  private readonly dialog = createRef<HTMLDialogElement>();

  override componentDidMount(): void {
    this.dialog.current?.showModal();
  }

  private toggle(id: string): void {
    const { chosen } = this.state;
    this.setState({ chosen: chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id] });
  }

  private readonly submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const other = String(given.get("other") ?? "").trim();
    const userIds = [...new Set([...this.state.chosen, ...(other ? [other] : [])])];
    if (!userIds.length) return this.setState({ refused: "Choose somebody, or paste an id." });
    this.setState({ busy: true, refused: "" });
    try {
      const id = await this.props.client.start(userIds, String(given.get("name") ?? "").trim());
      // Only without a dialog before it can the field for a message get the focus.
      this.props.onClose();
      void this.props.client.live.select(id);
    } catch (error) {
      this.setState({ busy: false, refused: error instanceof Error ? error.message : String(error) });
    }
  };

  override render({ client, onClose }: Props, { chosen, busy, refused }: Given) {
    const { people, me } = client;
    const { chat } = client.live;
    const known = people.others(me.id);
    return (
      <dialog ref={this.dialog} class="starting" aria-labelledby="starting-title" onClose={onClose}>
        <form onSubmit={this.submit}>
          <header class="bar">
            <h2 id="starting-title">New conversation</h2>
            <button type="button" class="icon-button" aria-label="Close" title="Close (Escape)" onClick={onClose}>
              <Icon of="close" />
            </button>
          </header>
          <div class="fields">
            {known.length > 0 && (
              <fieldset>
                <legend>With whom? {chat.startGroup && "Several make a group."}</legend>
                <ul class="people">
                  {known.map(({ id, name }) => (
                    <li key={id}>
                      <label class="person">
                        <input type="checkbox" checked={chosen.includes(id)} onChange={() => this.toggle(id)} />
                        <Avatar id={id} name={name} />
                        <span class="what">
                          <Name of={name} />
                          <small>{id}</small>
                        </span>
                      </label>
                    </li>
                  ))}
                </ul>
              </fieldset>
            )}
            <label>
              {known.length ? "Or somebody else, by id" : "With whom? The id of a user"}
              <input name="other" autocomplete="off" spellcheck={false} aria-describedby="other-hint" />
            </label>
            <p class="hint" id="other-hint">
              Everybody finds their own at the bottom left, to copy. Who signed in on this browser is listed by itself.
            </p>
            {chat.startGroup && (
              <label>
                <span>
                  Name of the group <span class="soft">(optional)</span>
                </span>
                <input name="name" maxLength={100} autocomplete="off" dir="auto" />
              </label>
            )}
            <p class="refused" role="alert">
              {refused}
            </p>
          </div>
          <footer>
            <button type="button" onClick={onClose}>
              Cancel
            </button>
            <button class="primary" disabled={busy}>
              Start
            </button>
          </footer>
        </form>
      </dialog>
    );
  }
}
