import * as auth from "./auth.js";
import * as conversations from "./conversations.js";
import * as instances from "./instances.js";
import * as limits from "./limits.js";
import * as membership from "./membership.js";
import * as messages from "./messages.js";
import * as presence from "./presence.js";
import * as protocol from "./protocol.js";
import * as receipts from "./receipts.js";
import * as sync from "./sync.js";
import * as typing from "./typing.js";

/** Ways to break this server, each in one place: a function for each, which changes the services of an app. */
const SABOTAGES = Object.fromEntries(
  [auth, conversations, instances, limits, membership, messages, presence, protocol, receipts, sync, typing]
    .flatMap((capability) => Object.entries(capability))
    .map(([name, sabotage]) => [name.replace(/[A-Z]|[0-9]+/g, (part) => `-${part.toLowerCase()}`), sabotage]),
);

export function sabotage(name, app) {
  if (!Object.hasOwn(SABOTAGES, name)) {
    throw new Error(`no sabotage is called ${name}: ${Object.keys(SABOTAGES).join(", ")}`);
  }
  SABOTAGES[name](app);
}
