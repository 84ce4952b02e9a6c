// The gateway dialect, spoken by the official Socket.IO client. PALAVER_URL names the server.

import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";
import { Client, register, request } from "./inbox.js";

const TRANSPORTS = { websocket: ["websocket"], polling: ["polling"], "polling, then upgraded": ["polling", "websocket"] };

let alice, bob;
const open = new Set();

before(async () => {
  alice = await register("alice");
  bob = await register("bob");
});

afterEach(() => {
  for (const client of open) client.close();
  open.clear();
});

function dial(token, transports) {
  const client = new Client(token, transports);
  open.add(client);
  return client;
}

/** Connect a user and wait until the server is ready for it. */
async function connect(session, transports) {
  const client = dial(session.accessToken, transports);
  client.ready = await client.next("connected");
  return client;
}

/** Create a group of alice and bob. */
async function group() {
  const { status, body } = await request("POST", "/conversations", {
    token: alice.accessToken,
    body: { type: "group", name: "Release planning", participantIds: [bob.user.id] },
  });
  assert.equal(status, 201);
  return body;
}

/** Expect the answer to a bad token: an error event, then a disconnect. */
async function refused(client) {
  assert.equal(await client.next("(disconnect)"), "io server disconnect");
  assert.deepEqual(client.arrived.map((one) => one.event), ["error"]);
  const error = client.arrived[0].payload;
  assert.equal(error.code, "UNAUTHORIZED");
  assert.ok(error.message);
  assert.ok(Date.parse(error.timestamp));
}

test("a refusal is read however far the upgrade is", async () => {
  // One after the other: it is when the server has nothing else to do that it refuses in the middle of the upgrade.
  for (let count = 0; count < 20; count++) await refused(dial("not.a.token"));
});

for (const [name, transports] of Object.entries(TRANSPORTS)) {
  describe(`over ${name}`, () => {
    test("a valid token is welcomed", async () => {
      const client = await connect(alice, transports);
      assert.equal(client.ready.userId, alice.user.id);
      assert.equal(client.ready.socketId, client.socket.id);
      assert.ok(Number.isInteger(client.ready.rooms));
    });

    for (const [what, token] of [["a bad token", "not.a.token"], ["no token", undefined]]) {
      test(`${what} is refused by an error event, then a disconnect`, async () => {
        await refused(dial(token, transports));
      });
    }

    test("a message is acknowledged, and received by both as acknowledged", async () => {
      const conversation = await group();
      const [hers, his] = await Promise.all([connect(alice, transports), connect(bob, transports)]);
      const payload = { conversationId: conversation.id, content: "Shall we meet at nine? 🕘", clientMessageId: "one" };
      const { success, message } = await hers.ask("message:send", payload);
      assert.equal(success, true);
      assert.equal(message.content, payload.content);
      assert.equal(message.senderId, alice.user.id);
      assert.equal(message.sequence, 1);
      assert.deepEqual(await his.next("message:new"), message);
      assert.deepEqual(await hers.next("message:new"), message);
    });

    test("an edit reaches the others, a deletion too", async () => {
      const conversation = await group();
      const [hers, his] = await Promise.all([connect(alice, transports), connect(bob, transports)]);
      const sent = (await hers.ask("message:send", { conversationId: conversation.id, content: "At nine" })).message;

      const edited = await hers.ask("message:edit", { messageId: sent.id, content: "At ten" });
      assert.equal(edited.success, true);
      assert.equal(edited.message.content, "At ten");
      const updated = await his.next("message:updated");
      assert.equal(updated.messageId, sent.id);
      assert.equal(updated.content, "At ten");
      assert.equal(updated.isEdited, true);
      assert.equal(updated.updatedAt, edited.message.updatedAt);

      assert.deepEqual(await hers.ask("message:delete", { messageId: sent.id }), { success: true });
      const deleted = await his.next("message:deleted");
      assert.equal(deleted.messageId, sent.id);
      assert.equal(deleted.conversationId, conversation.id);
    });

    test("an edit by another is refused in the acknowledgement and by an error event", async () => {
      const conversation = await group();
      const [hers, his] = await Promise.all([connect(alice, transports), connect(bob, transports)]);
      const sent = (await hers.ask("message:send", { conversationId: conversation.id, content: "Mine" })).message;

      const refused = await his.ask("message:edit", { messageId: sent.id, content: "His" });
      assert.equal(refused.success, false);
      assert.equal(refused.error.code, "FORBIDDEN");
      const error = await his.next("error");
      assert.equal(error.code, "FORBIDDEN");
      assert.equal(error.originalEvent, "message:edit");

      // What the refused edit would have sent had to come before this.
      await hers.ask("message:send", { conversationId: conversation.id, content: "Still mine" });
      while ((await hers.next("message:new")).content !== "Still mine");
      assert.deepEqual(hers.arrived.filter((one) => one.event === "message:updated"), []);
    });

    test("a field that the document does not have is refused", async () => {
      const conversation = await group();
      const client = await connect(alice, transports);
      const refused = await client.ask("message:send", { conversationId: conversation.id, content: "x", senderId: "y" });
      assert.equal(refused.success, false);
      assert.equal(refused.error.code, "VALIDATION_ERROR");
      assert.deepEqual(refused.error.details.fields.map((one) => one.field), ["/senderId"]);
    });

    test("a sync after a reconnect returns what was missed, and nothing else", async () => {
      const conversation = await group();
      const [hers, his] = await Promise.all([connect(alice, transports), connect(bob, transports)]);
      const say = async (content) =>
        (await hers.ask("message:send", { conversationId: conversation.id, content })).message;
      const seen = await say("seen");
      assert.deepEqual(await his.next("message:new"), seen);

      his.close();
      const missed = [await say("missed one"), await say("missed two"), await say("missed three")];
      const { message: changed } = await hers.ask("message:edit", { messageId: seen.id, content: "seen, then edited" });

      his.socket.connect();
      await his.next("connected");
      const answer = await his.ask("messages:sync", { conversationId: conversation.id, lastMessageId: seen.id });
      assert.equal(answer.success, true);
      assert.deepEqual(answer.messages, missed);
      assert.deepEqual(answer.changed, [changed]);
      assert.equal(answer.hasMore, false);

      const again = await his.ask("messages:sync", {
        conversationId: conversation.id,
        lastMessageId: missed.at(-1).id,
        revision: answer.revision,
      });
      assert.deepEqual([again.messages, again.changed, again.hasMore], [[], [], false]);
      // Nothing of what was missed arrives a second time, as an event.
      assert.deepEqual(his.arrived.filter((one) => one.event.startsWith("message")), []);
    });
  });
}
