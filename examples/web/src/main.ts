import { Chat } from "./chat";
import { RefusedError, Rest } from "./rest";

const server: string = import.meta.env.VITE_CHAT_SERVER ?? "http://127.0.0.1:4001";
const chat = new Chat(new Rest(server), server);
let shown: string | undefined;

function find<E extends Element>(id: string): E {
  const element = document.querySelector<E>(`#${id}`);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element;
}

/** Have a form do something, and tell what went wrong. */
function form(id: string, act: (fields: FormData, submitter: HTMLElement | null) => Promise<void>): void {
  const element = find<HTMLFormElement>(id);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    find("trouble").textContent = "";
    act(new FormData(element), event.submitter)
      .then(() => element.reset())
      .catch((error: unknown) => {
        find("trouble").textContent = error instanceof RefusedError ? `${error.code}: ${error.message}` : String(error);
      });
  });
}

function text(name: string, content: string, className = ""): HTMLElement {
  const element = document.createElement(name);
  // Never as HTML: it is what others wrote.
  element.textContent = content;
  element.className = className;
  return element;
}

function show(): void {
  const rooms = [...chat.rooms.values()];
  shown = shown !== undefined && chat.rooms.has(shown) ? shown : rooms[0]?.conversation.id;
  find("conversations").replaceChildren(
    ...rooms.map(({ conversation }) => {
      const button = text("button", conversation.name ?? conversation.participants.map(({ userId }) => userId).join(", "));
      button.ariaPressed = String(conversation.id === shown);
      button.addEventListener("click", () => {
        shown = conversation.id;
        show();
      });
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
  const messages = shown === undefined ? [] : [...(chat.rooms.get(shown)?.messages.values() ?? [])];
  find("messages").replaceChildren(
    ...messages.map(({ senderId, content }) => {
      const item = document.createElement("li");
      item.append(text("span", `${senderId} `, "author"), text("span", content));
      return item;
    }),
  );
}

form("sign-in", async (fields, submitter) => {
  const action = submitter?.getAttribute("value") === "register" ? "register" : "login";
  await chat.enter(action, { username: String(fields.get("username")), password: String(fields.get("password")) });
  find<HTMLElement>("sign-in").hidden = true;
  find<HTMLElement>("chat").hidden = false;
  find("me").textContent = chat.user?.id ?? "";
  show();
});

form("begin", async (fields) => {
  shown = (await chat.begin(String(fields.get("users")).split(/[\s,]+/).filter(Boolean))).id;
  show();
});

form("say", async (fields) => {
  if (shown !== undefined) await chat.say(shown, String(fields.get("content")));
});

chat.changed = show;
