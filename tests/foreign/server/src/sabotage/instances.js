import { setTimeout as sleep } from "node:timers/promises";

import { MemoryStorage } from "../storage/memory.storage.js";

const OTHERS_DELAY_MS = 100;

/** Have some of what would be published stay on this instance. */
function keep(adapter, isKept) {
  const { publish, receive } = adapter.prototype;
  adapter.prototype.publish = function (method, options, argument) {
    if (!isKept(method, argument)) {
      publish.call(this, method, options, argument);
      return;
    }
    const { rooms, except = [], flags } = options;
    receive.call(this, { method, rooms, except, flags, argument });
  };
}

/** Typing is told on this instance only. */
export function keepsTypingToItsInstance({ adapter }) {
  keep(adapter, (method, { data: [event] = [] }) => method === "broadcast" && event === "user:typing");
}

/** Edits and deletions are told on this instance only. */
export function keepsChangesToItsInstance({ adapter }) {
  const changes = ["message:updated", "message:deleted"];
  keep(adapter, (method, { data: [event] = [] }) => method === "broadcast" && changes.includes(event));
}

/** Who was removed leaves the room on this instance only. */
export function keepsRemovalsToItsInstance({ adapter, gateway }) {
  gateway.catchUp = async () => {};
  keep(adapter, (method) => method === "delSockets");
}

/** Who was added enters the room on this instance only. */
export function keepsAdditionsToItsInstance({ adapter, conversations, gateway }) {
  gateway.catchUp = async () => {};
  let adding = 0;
  const { addParticipant } = conversations;
  conversations.addParticipant = async (...request) => {
    adding += 1;
    try {
      return await addParticipant.apply(conversations, request);
    } finally {
      adding -= 1;
    }
  };
  keep(adapter, (method) => method === "addSockets" && adding > 0);
}

/** Logging out closes the connections to this instance only. */
export function keepsLogoutsToItsInstance({ adapter, gateway }) {
  gateway.catchUp = async () => {};
  keep(adapter, (method) => method === "disconnectSockets");
}

/** What is sent here is delivered here at once, whatever was sent elsewhere before it. */
export function tellsItsOwnMessagesFirst({ adapter }) {
  const { publish, receive } = adapter.prototype;
  const isMessage = (method, argument) => method === "broadcast" && argument.data[0] === "message:new";
  const own = new Set();
  adapter.prototype.publish = function (method, options, argument) {
    if (isMessage(method, argument)) {
      const { rooms, except = [], flags } = options;
      receive.call(this, { method, rooms, except, flags, argument });
      own.add(argument.data[1].id);
    }
    publish.call(this, method, options, argument);
  };
  adapter.prototype.receive = function (message) {
    if (!isMessage(message.method, message.argument)) receive.call(this, message);
    else if (!own.delete(message.argument.data[1].id)) setTimeout(() => receive.call(this, message), OTHERS_DELAY_MS);
  };
}

/** What comes back from Redis is delivered again beside the sender. */
export function doesNotKnowItsEcho({ adapter }) {
  const { publish, receive } = adapter.prototype;
  adapter.prototype.publish = function (method, options, argument) {
    const { rooms, except = [], flags } = options;
    receive.call(this, { method, rooms, except, flags, argument });
    publish.call(this, method, options, argument);
  };
}

/** Each instance knows the clients' own identifiers of what was sent to it. */
export function forgetsRetriesFromElsewhere({ messages: { repository } }) {
  const { create, findSent } = repository;
  const here = new Set();
  repository.create = async (conversation, message) => {
    here.add(message.id);
    await create.call(repository, conversation, message);
  };
  repository.findSent = async (...key) => {
    const found = await findSent.apply(repository, key);
    return found && here.has(found.id) ? found : undefined;
  };
}

/** Each instance counts by itself what its users send. */
export function limitsEachInstanceByItself({ limits }) {
  limits.storage = new MemoryStorage();
}

/** Each instance knows the connections to it alone. */
export function knowsItsOwnConnectionsOnly({ presence }) {
  presence.storage = new MemoryStorage();
}

/** Each instance changes a conversation without regard to what the others do to it meanwhile. */
export function locksOnThisInstanceOnly({ storage }) {
  storage.exclusively = (key, work) =>
    storage.local.exclusively(key, async () => {
      const seen = await storage.get(key);
      // What the others do meanwhile is done in a moment.
      await sleep(5);
      return work(seen, Date.now());
    });
}
