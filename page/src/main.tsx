/** Where the page begins. */

import { Client } from "./client.js";
import { dialects } from "./dialects/index.js";
import { FrameLog } from "./frames.js";
import type { Spoken } from "./live.js";
import { People } from "./people.js";
import { address, places } from "./place.js";
import { Session } from "./session.js";
import { h, render } from "./vendor/preact.js";
import { App } from "./view/app.js";

let waiting = false;

/** Show what has changed, once for all that changes together. */
function changed(): void {
  if (waiting) return;
  waiting = true;
  queueMicrotask(() => {
    waiting = false;
    document.title = unread() ? `(${unread()}) Palaver` : "Palaver";
    render(<App client={client} />, document.body);
  });
}

function unread(): number {
  return [...(client.live?.talks.values() ?? [])].reduce((sum, { conversation }) => sum + conversation.unread, 0);
}

const spoken = (await places()).flatMap((place): Spoken[] => {
  const dialect = dialects[place.name];
  return dialect ? [{ name: place.name, base: address(place), dialect }] : [];
});
const accounts = spoken.find(({ dialect }) => dialect.accounts);
const log = new FrameLog(changed);
const client: Client = new Client(spoken, new Session(accounts?.base, log), new People(changed), log, changed);
if (client.session.user) client.begin();
changed();
