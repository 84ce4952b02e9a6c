// The messenger dialect, spoken by the official Socket.IO client as the hook of its web application does. PALAVER_URL
// names the server, PALAVER_JWT_SECRET is what it shares with whoever signs tokens.

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
  assert.deepEqual(await get(token, "/conversations"), { conversations: [] });
  return { id, token };
}

async function get(token, path) {
  const { status, body } = await request("GET", path, { token });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function create(body) {
  const answer = await request("POST", "/conversations", { token: alice.token, body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

const group = () => create({ type: "group", name: "Release planning", memberIds: [bob.id] });

/** The socket of the hook, with what it offers. */
function useSocket(accessToken, transports, options) {
  const client = new Client(accessToken, transports, {
    reconnection: true,
    reconnectionAttempts: 5,
    reconnectionDelay: 100,
    ...options,
  });
  open.add(client);
  const { socket } = client;
  const sendMessage = (conversationId, content) =>
    new Promise((resolve, reject) => {
      socket.emit("message:send", { conversationId, content }, (response) => {
        if (response.error) reject(new Error(response.error));
        else resolve(response);
      });
    });
  const markAsRead = (conversationId, messageId) => {
    socket.emit("message:read", { conversationId, messageId });
  };
  const join = async (conversationId) =>
    assert.deepEqual(await client.ask("conversation:join", { conversationId }), { success: true });
  return { client, socket, sendMessage, markAsRead, join };
}

/** Connect alice and bob to a conversation; return when the events of it reach both. */
async function both(transports, conversation) {
  const hooks = [useSocket(alice.token, transports), useSocket(bob.token, transports)];
  await Promise.all(hooks.map((hook) => hook.join(conversation.id)));
  return hooks;
}

const of = (client, event) => client.arrived.filter((one) => one.event === event);

for (const [name, transports] of Object.entries(TRANSPORTS)) {
  describe(`over ${name}`, () => {
    for (const [what, token] of [["a bad token", "not.a.token"], ["no token", undefined]]) {
      test(`${what} is refused by an error event, then a disconnect`, async () => {
        const { client } = useSocket(token, transports);
        assert.equal(await client.next("(disconnect)"), "io server disconnect");
        assert.deepEqual(client.arrived.map((one) => one.event), ["error"]);
        const error = client.arrived[0].payload;
        assert.equal(error.code, "UNAUTHORIZED");
        assert.ok(error.error);
        assert.ok(Date.parse(error.timestamp));
      });
    }

    test("a token in the header connects too", async () => {
      const conversation = await group();
      const hook = useSocket(undefined, transports, { extraHeaders: { Authorization: `Bearer ${bob.token}` } });
      await hook.join(conversation.id);
    });

    test("a message is acknowledged, confirmed to its sender, and received by both", async () => {
      const conversation = await group();
      const [hers, his] = await both(transports, conversation);
      const { success, messageId } = await hers.sendMessage(conversation.id, "Shall we meet at nine? 🕘");
      assert.equal(success, true);
      const message = await his.client.next("message:new");
      assert.deepEqual(message, {
        id: messageId,
        conversationId: conversation.id,
        senderId: alice.id,
        content: "Shall we meet at nine? 🕘",
        type: "text",
        sequence: 1,
        isEdited: false,
        isDeleted: false,
        createdAt: message.createdAt,
        updatedAt: message.createdAt,
      });
      assert.deepEqual(await hers.client.next("message:new"), message);
      assert.deepEqual(await hers.client.next("message:sent"), { id: messageId, status: "sent" });
      assert.deepEqual(of(his.client, "message:sent"), []);
    });

    test("a stranger's message is refused in the acknowledgement alone", async () => {
      const conversation = await create({ type: "group", memberIds: [] });
      const hook = useSocket(bob.token, transports);
      await assert.rejects(hook.sendMessage(conversation.id, "Let me in"), /not a participant/);
      const refused = await hook.client.ask("message:send", { conversationId: conversation.id, content: "" });
      assert.equal(refused.code, "VALIDATION_ERROR");
      assert.deepEqual(refused.details.fields.map((one) => one.field), ["/content"]);
      assert.deepEqual(hook.client.arrived, []);
    });

    test("what is refused without an acknowledgement is told by an error event", async () => {
      const conversation = await create({ type: "group", memberIds: [] });
      const hook = useSocket(bob.token, transports);
      hook.markAsRead(conversation.id, "0".repeat(24));
      const error = await hook.client.next("error");
      assert.equal(error.code, "FORBIDDEN");
      assert.equal(error.originalEvent, "message:read");
    });

    test("a receipt reaches both, and the unread count follows", async () => {
      const conversation = await group();
      const [hers, his] = await both(transports, conversation);
      const { messageId } = await hers.sendMessage(conversation.id, "Read this");
      await hers.sendMessage(conversation.id, "and this");
      assert.equal((await get(bob.token, "/conversations")).conversations[0].unreadCount, 2);

      his.markAsRead(conversation.id, messageId);
      const receipt = await hers.client.next("message:read");
      assert.deepEqual(receipt, {
        messageId,
        readBy: bob.id,
        readAt: receipt.readAt,
        conversationId: conversation.id,
        sequence: 1,
      });
      assert.ok(Date.parse(receipt.readAt));
      assert.deepEqual(await his.client.next("message:read"), receipt);
      const found = (await get(bob.token, "/conversations")).conversations[0];
      assert.equal(found.unreadCount, 1);
      assert.equal(found.lastMessage.content, "and this");
    });

    test("a direct conversation is one from both sides, and needs no joining", async () => {
      const hook = useSocket(bob.token, transports);
      await hook.join((await group()).id);
      const direct = await create({ type: "direct", memberIds: [bob.id] });
      const again = await request("POST", "/conversations", {
        token: bob.token,
        body: { type: "direct", memberIds: [alice.id] },
      });
      assert.deepEqual([again.status, again.body.id], [200, direct.id]);
      const { messageId } = await useSocket(alice.token, transports).sendMessage(direct.id, "Only you");
      assert.equal((await hook.client.next("message:new")).id, messageId);
    });

    test("coming and going is told once, however many conversations are shared", async () => {
      const conversation = await group();
      await group();
      const hers = useSocket(alice.token, transports);
      await hers.join(conversation.id);
      const his = useSocket(bob.token, transports);
      await his.join(conversation.id);
      assert.deepEqual(await hers.client.next("status:online"), { userId: bob.id });
      assert.deepEqual(await get(alice.token, `/conversations/${conversation.id}/online`), { userIds: [alice.id, bob.id] });
      his.client.close();
      assert.deepEqual(await hers.client.next("status:offline"), { userId: bob.id });
      // What was to be told of the second conversation came before this.
      await hers.sendMessage(conversation.id, "Gone");
      await hers.client.next("message:new");
      assert.deepEqual([...of(hers.client, "status:online"), ...of(hers.client, "status:offline")], []);
    });

    test("what was missed is read after a reconnect, and nothing comes twice", async () => {
      const conversation = await group();
      const [hers, his] = await both(transports, conversation);
      const seen = (await hers.sendMessage(conversation.id, "seen")).messageId;
      assert.equal((await his.client.next("message:new")).id, seen);

      // The connection breaks, and the client comes back by itself.
      const back = new Promise((resolve) => his.socket.once("connect", resolve));
      his.socket.io.engine.close();
      const missed = [];
      for (const content of ["one", "two", "three"]) {
        missed.push((await hers.sendMessage(conversation.id, content)).messageId);
      }
      await back;
      await his.join(conversation.id);
      const page = await get(bob.token, `/conversations/${conversation.id}/messages?after=${seen}`);
      assert.deepEqual(page.messages.map((one) => one.id), missed.toReversed());
      assert.equal(page.hasMore, false);

      // What had not been missed, as it came back early enough, has arrived, in its order and once.
      const live = (await hers.sendMessage(conversation.id, "live")).messageId;
      const heard = [];
      do heard.push((await his.client.next("message:new")).id);
      while (heard.at(-1) !== live);
      assert.deepEqual(heard, [...missed, live].slice(-heard.length));
    });
  });
}
