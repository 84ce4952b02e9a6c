// The social dialect, spoken by the official Socket.IO client as its frontend's messaging service does. PALAVER_URL
// names the server, PALAVER_JWT_SECRET is what it shares with whoever signs tokens, and PALAVER_GATEWAY_URL names the
// gateway over the same core.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Client, request, sign } from "./inbox.js";

const TRANSPORTS = { websocket: ["websocket"], polling: ["polling"], "websocket, else polling": ["websocket", "polling"] };

let alice, bob;
const open = new Set();

beforeEach(async () => {
  [alice, bob] = await Promise.all(["alice", "bob"].map(user));
});

afterEach(() => {
  for (const client of open) client.close();
  open.clear();
});

/** Return a user whom the server knows. */
async function user(name) {
  const id = `${name}-${randomUUID().slice(0, 8)}`;
  const token = sign(id);
  assert.deepEqual(await call("GET", token, "/conversations"), { conversations: [] });
  return { id, token };
}

/** Send a request that succeeds, and return its body. */
async function call(method, token, path, body) {
  return succeed(await request(method, `/api/messaging${path}`, { token, body }));
}

/** Send a request to the gateway that succeeds, and return its body. */
async function elsewhere(method, token, path, body) {
  return succeed(await request(method, path, { token, body, server: process.env.PALAVER_GATEWAY_URL }));
}

function succeed(answer) {
  assert.ok(answer.status < 300, JSON.stringify(answer));
  return answer.body;
}

/** Start to connect as the frontend does. */
function dial(token, transports, options) {
  const client = new Client(token, transports, { namespace: "/messaging", ...options });
  open.add(client);
  return client;
}

async function connect({ id, token }, transports, options) {
  const client = dial(token, transports, options);
  assert.equal((await client.next("connected")).userId, id);
  return client;
}

/** Have alice write to bob, and return the message once both have it. */
async function begin(hers, his, content = "Hello!") {
  const { message } = await hers.ask("send_message", { recipientId: bob.id, content });
  for (const client of [hers, his]) assert.deepEqual(await client.next("new_message"), message);
  return message;
}

/** Return bob's list of conversations, of which there is one. */
async function inboxOf({ token }) {
  const { conversations } = await call("GET", token, "/conversations");
  assert.equal(conversations.length, 1);
  return conversations[0];
}

test("the default namespace is not there", async () => {
  const client = new Client(alice.token, ["websocket"]);
  open.add(client);
  assert.equal(await client.next("(connect_error)"), "Invalid namespace");
});

for (const [name, transports] of Object.entries(TRANSPORTS)) {
  describe(`over ${name}`, () => {
    for (const [what, token] of [["a bad token", "not.a.token"], ["no token", undefined]]) {
      test(`${what} is refused by an error event, then a disconnect`, async () => {
        const client = dial(token, transports);
        assert.equal(await client.next("(disconnect)"), "io server disconnect");
        assert.deepEqual(client.arrived.map((one) => [one.event, one.payload.code]), [["error", "UNAUTHORIZED"]]);
      });
    }

    test("a first message makes the conversation, for all devices of both", async () => {
      const [hers, his, phone] = await Promise.all([alice, bob, bob].map((one) => connect(one, transports)));
      const first = await begin(hers, his, "Shall we meet at nine? 🕘");
      assert.deepEqual(await phone.next("new_message"), first);
      assert.equal(first.senderId, alice.id);
      assert.equal(first.sequence, 1);
      const { message: answer } = await his.ask("send_message", { recipientId: alice.id, content: "Yes" });
      assert.equal(answer.conversationId, first.conversationId);
      assert.deepEqual(await hers.next("new_message"), answer);
    });

    test("a message that nobody asks to be acknowledged arrives all the same", async () => {
      const [hers, his] = await Promise.all([alice, bob].map((one) => connect(one, transports)));
      hers.socket.emit("send_message", { recipientId: bob.id, content: "Hi" });
      assert.equal((await his.next("new_message")).content, "Hi");
      hers.socket.emit("send_message", { recipientId: bob.id, content: "" });
      const error = await hers.next("error");
      assert.deepEqual([error.code, error.originalEvent], ["VALIDATION_ERROR", "send_message"]);
    });

    test("typing is shown to the other and disappears", async () => {
      const [hers, his] = await Promise.all([alice, bob].map((one) => connect(one, transports)));
      const { conversationId } = await begin(hers, his);
      for (const [event, isTyping] of [["typing_start", true], ["typing_stop", false]]) {
        hers.socket.emit(event, { conversationId });
        assert.deepEqual(await his.next("user_typing"), { conversationId, userId: alice.id, isTyping });
      }
    });

    test("opening a conversation resets its unread count", async () => {
      const [hers, his] = await Promise.all([alice, bob].map((one) => connect(one, transports)));
      await begin(hers, his, "one");
      const last = await begin(hers, his, "two");
      const unread = await inboxOf(bob);
      assert.deepEqual([unread.unreadCount, unread.lastMessage.content], [2, "two"]);
      assert.deepEqual(unread.participants.map((one) => [one.userId, one.unreadCount]), [[alice.id, 0], [bob.id, 2]]);
      assert.deepEqual(await his.ask("mark_read", { conversationId: last.conversationId }), {
        success: true,
        unreadCount: 0,
        lastReadMessageId: last.id,
      });
      assert.equal((await inboxOf(bob)).unreadCount, 0);
    });

    test("a group that was made elsewhere is heard and answered", async () => {
      const carol = await user("carol");
      const [hers, his] = await Promise.all([alice, bob].map((one) => connect(one, transports)));
      const participantIds = [alice.id, bob.id];
      const made = { type: "group", name: "Harbour trip", participantIds };
      const { id: conversationId } = await elsewhere("POST", carol.token, "/conversations", made);
      const path = `/conversations/${conversationId}/messages`;
      const asked = await elsewhere("POST", carol.token, path, { content: "Who comes along?" });
      for (const client of [hers, his]) {
        const heard = await client.next("new_message");
        assert.deepEqual([heard.id, heard.conversationId, heard.senderId], [asked.id, conversationId, carol.id]);
      }
      his.socket.emit("typing_start", { conversationId });
      assert.deepEqual(await hers.next("user_typing"), { conversationId, userId: bob.id, isTyping: true });
      const { message: answer } = await his.ask("send_message", { conversationId, content: "I do" });
      assert.deepEqual(await hers.next("new_message"), answer);
      const fallback = await call("POST", alice.token, "/messages", { conversationId, content: "So do I" });
      assert.deepEqual((await call("GET", bob.token, path)).messages.slice(1), [answer, fallback]);
      const { messages } = await elsewhere("GET", carol.token, path);
      assert.deepEqual(messages.map((one) => one.content), ["Who comes along?", "I do", "So do I"]);
      const group = await inboxOf(bob);
      assert.deepEqual([group.name, group.unreadCount], ["Harbour trip", 2]);
      assert.deepEqual(group.participants.map((one) => one.userId), [carol.id, alice.id, bob.id]);
      assert.equal((await his.ask("mark_read", { conversationId })).unreadCount, 0);
    });

    test("without a socket a message goes over HTTP, once", async () => {
      const his = await connect(bob, transports);
      const body = { recipientId: bob.id, content: "Fallback", clientMessageId: randomUUID() };
      const sent = await call("POST", alice.token, "/messages", body);
      assert.deepEqual(await his.next("new_message"), sent);
      const hers = await connect(alice, transports);
      assert.deepEqual(await hers.ask("send_message", body), { success: true, message: sent });
      await call("PATCH", bob.token, `/conversations/${sent.conversationId}/read`);
      await call("PATCH", bob.token, `/conversations/${sent.conversationId}/read`, {});
      assert.equal((await inboxOf(bob)).unreadCount, 0);
    });

    test("a client comes back by itself and fetches what it missed", async () => {
      const hers = await connect(alice, transports);
      const his = await connect(bob, transports, { reconnection: true, reconnectionDelay: 500 });
      const seen = await begin(hers, his, "seen");
      his.socket.io.engine.close();
      await his.next("(disconnect)");
      const missed = [];
      for (const content of ["missed one", "missed two"]) {
        missed.push((await hers.ask("send_message", { recipientId: bob.id, content })).message);
      }
      await his.next("connected");
      const path = `/conversations/${seen.conversationId}/messages?after=${seen.id}`;
      assert.deepEqual(await call("GET", bob.token, path), { messages: missed, hasMore: false });
      const { message: next } = await hers.ask("send_message", { recipientId: bob.id, content: "live again" });
      while ((await his.next("new_message")).id !== next.id);
    });

    test("a request is refused with its reason", async () => {
      const client = await connect(alice, transports);
      const nobody = await client.ask("send_message", { recipientId: "nobody", content: "x" });
      assert.deepEqual([nobody.success, nobody.error.code], [false, "NOT_FOUND"]);
      const nowhere = await client.ask("typing_start", { conversationId: "0".repeat(24) });
      assert.deepEqual([nowhere.success, nowhere.error.code], [false, "FORBIDDEN"]);
      const notOurs = await client.ask("send_message", { conversationId: "0".repeat(24), content: "x" });
      assert.deepEqual([notOurs.success, notOurs.error.code], [false, "FORBIDDEN"]);
      const both = { recipientId: bob.id, conversationId: "0".repeat(24), content: "x" };
      const twofold = await client.ask("send_message", both);
      assert.deepEqual(twofold.error.details.fields.map((one) => one.field), ["/conversationId"]);
      const script = { recipientId: bob.id, content: "x", attachmentUrl: "javascript:alert(1)" };
      const refused = await client.ask("send_message", script);
      assert.deepEqual(refused.error.details.fields.map((one) => one.field), ["/attachmentUrl"]);
    });
  });
}
