/** Where one writes. */

import type { Message } from "../chat.js";
import type { SignedIn } from "../client.js";
import type { Talk } from "../talk.js";
import { Component, createRef, h } from "../vendor/preact.js";
import { Icon } from "./icons.js";
import { Name } from "./person.js";

/** A message that what is written answers, or takes the place of. */
export interface About {
  message: Message;
  edits: boolean;
}

interface Props {
  client: SignedIn;
  talk: Talk;
  about: About | undefined;
  onAbout: (about: About | undefined) => void;
}

export class Composer extends Component<Props, { edit: string }> {
  override state = { edit: "" };
  private readonly field = createRef<HTMLTextAreaElement>();

  override componentDidMount(): void {
    this.fit();
    // On a phone the keyboard would cover the conversation that was just opened.
    if (!matchMedia("(pointer: coarse)").matches) this.field.current?.focus();
  }

  override componentDidUpdate(previous: Props): void {
    const { about } = this.props;
    if (about !== previous.about && about) {
      if (about.edits) this.setState({ edit: about.message.content });
      this.field.current?.focus();
    }
    this.fit();
  }

  /** As high as what is written, up to what the style allows. */
  private fit(): void {
    const field = this.field.current;
    if (!field) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  private get editing(): Message | undefined {
    return this.props.about?.edits ? this.props.about.message : undefined;
  }

  private readonly write = (event: Event) => {
    const text = (event.currentTarget as HTMLTextAreaElement).value;
    if (this.editing) this.setState({ edit: text });
    else this.props.client.typed(text);
  };

  private readonly send = (event?: Event) => {
    event?.preventDefault();
    const { client, talk, about, onAbout } = this.props;
    const editing = this.editing;
    const content = (editing ? this.state.edit : talk.text).trim();
    if (!content) return;
    onAbout(undefined);
    if (editing) {
      if (content !== editing.content) void client.edit(editing, content);
    } else {
      client.typed("");
      void client.send(content, about?.message);
    }
    this.field.current?.focus();
  };

  private readonly key = (event: KeyboardEvent) => {
    const { client, talk, about, onAbout } = this.props;
    // Enter that ends a composition, as of Japanese, is not meant for us.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      this.send(event);
    } else if (event.key === "Escape" && about) {
      event.preventDefault();
      onAbout(undefined);
    } else if (event.key === "ArrowUp" && !talk.text && !about && client.live.chat.edit) {
      const last = [...talk.messages].reverse().find((each) => each.senderId === client.me.id && !each.deleted);
      if (last) {
        event.preventDefault();
        onAbout({ message: last, edits: true });
      }
    }
  };

  override render({ client, talk, about, onAbout }: Props, { edit }: { edit: string }) {
    const editing = this.editing;
    return (
      <form class="composer" onSubmit={this.send}>
        {about && (
          <div class="about">
            <span class="bar-mark" />
            <span class="what">
              {editing ? (
                <strong>Edit your message</strong>
              ) : (
                <strong>
                  Reply to <Name of={about.message.senderId === client.me.id ? "yourself" : client.people.name(about.message.senderId)} />
                </strong>
              )}
              <bdi>{about.message.content}</bdi>
            </span>
            <button type="button" class="icon-button" aria-label="Cancel" title="Cancel (Escape)" onClick={() => onAbout(undefined)}>
              <Icon of="close" />
            </button>
          </div>
        )}
        <div class="field">
          <textarea
            ref={this.field}
            rows={1}
            maxLength={5000}
            dir="auto"
            aria-label="Message"
            placeholder="Write a message"
            enterkeyhint="send"
            value={editing ? edit : talk.text}
            onInput={this.write}
            onKeyDown={this.key}
          />
          <button class="send" aria-label={editing ? "Save" : "Send"} title={editing ? "Save (Enter)" : "Send (Enter)"}>
            <Icon of={editing ? "check" : "send"} />
          </button>
        </div>
      </form>
    );
  }
}
