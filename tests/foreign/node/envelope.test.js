// The envelope dialect, spoken by a plain `ws` client. PALAVER_URL names the server, PALAVER_JWT_SECRET the secret that it
// shares with whoever signs tokens.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterEach, before, describe, test } from "node:test";
import WebSocket from "ws";
import { request, sign } from "./inbox.js";

const SERVER = process.env.PALAVER_URL;
const PATIENCE_MS = 10_000;
const NOWHERE = "0".repeat(24);

class Client {
  /** Open a socket with this token, or none; `options` are those of `ws`. */
  constructor(token, options) {
    const address = `${SERVER.replace(/^http/, "ws")}/ws${token ? `?token=${token}` : ""}`;
    this.arrived = [];
    this.waiting = new Set();
    this.socket = new WebSocket(address, options);
    this.socket.on("message", (data, binary) => {
      assert.equal(binary, false);
      const { type, payload, ...rest } = JSON.parse(data.toString());
      assert.deepEqual(rest, {});
      this.#arrive(type, payload);
    });
    this.socket.on("close", (code, reason) => this.#arrive("(close)", { code, reason: reason.toString() }));
    this.socket.on("unexpected-response", (_, response) => {
      this.#arrive("(refused)", response.statusCode);
      response.destroy();
    });
    this.socket.on("error", () => {});
  }

  /** Return the payload of the first frame of this type that has not been taken yet, waiting for it if need be. */
  next(type) {
    return new Promise((resolve, reject) => {
      const take = () => {
        const place = this.arrived.findIndex((one) => one.type === type);
        if (place < 0) return false;
        clearTimeout(timer);
        this.waiting.delete(take);
        resolve(this.arrived.splice(place, 1)[0].payload);
        return true;
      };
      const timer = setTimeout(() => {
        this.waiting.delete(take);
        reject(new Error(`no ${type} within ${PATIENCE_MS} ms; what arrived: ${JSON.stringify(this.arrived)}`));
      }, PATIENCE_MS);
      this.waiting.add(take);
      take();
    });
  }

  /** Send a frame. */
  send(type, payload) {
    this.socket.send(JSON.stringify({ type, payload }));
  }

  /** Send a frame and return the payload of the first one of the type that answers it. */
  ask(type, payload, answer) {
    this.send(type, payload);
    return this.next(answer);
  }

  /** The types of the frames that have arrived and were not taken. */
  get types() {
    return this.arrived.map((one) => one.type);
  }

  #arrive(type, payload) {
    this.arrived.push({ type, payload });
    for (const take of this.waiting) take();
  }
}

let alice, bob;
const open = new Set();

before(async () => {
  [alice, bob] = ["alice", "bob"].map((name) => {
    const id = `${name}-${randomUUID().slice(0, 8)}`;
    return { id, token: sign(id) };
  });
  // A user exists from the first use of a token on.
  for (const user of [alice, bob]) await rest("GET", "/rooms", user);
});

afterEach(() => {
  for (const client of open) client.socket.terminate();
  open.clear();
});

function dial(token, options) {
  const client = new Client(token, options);
  open.add(client);
  return client;
}

/** Connect a user and wait until the server is ready for it. */
async function connect(user, options) {
  const client = dial(user.token, options);
  assert.equal((await client.next("connected")).userId, user.id);
  return client;
}

/** Send a REST request below /api/v1/chat; return its body, after a success. */
async function rest(method, path, user, body) {
  const answer = await request(method, `/api/v1/chat${path}`, { token: user.token, body });
  assert.ok(answer.status < 300, JSON.stringify(answer));
  return answer.body;
}

/** Return the room of the two, and a client of each in it. */
async function together() {
  const [one, two] = [await connect(alice), await connect(bob)];
  const { room } = await one.ask("joinRoom", { targetUserId: bob.id }, "roomJoined");
  await two.ask("joinRoom", { roomId: room.id }, "roomJoined");
  return { room, one, two };
}

describe("the session of the guide", () => {
  test("join by user, send, type, mark read, and look at it by REST", async () => {
    const one = await connect(alice);
    const joined = await one.ask("joinRoom", { targetUserId: bob.id }, "roomJoined");
    assert.equal(joined.room.type, "DIRECT");
    assert.deepEqual([joined.room.user1.id, joined.room.user2.id].sort(), [alice.id, bob.id].sort());
    assert.deepEqual([joined.messages, joined.unreadCount], [[], 0]);

    const two = await connect(bob);
    const roomId = (await two.ask("joinRoom", { targetUserId: alice.id }, "roomJoined")).room.id;
    assert.equal(roomId, joined.room.id);

    const sent = await one.ask("sendMessage", { roomId, content: "Hello!" }, "message");
    assert.equal(sent.sequenceId, 1);
    assert.deepEqual([sent.roomId, sent.senderId, sent.content, sent.type], [roomId, alice.id, "Hello!", "text"]);
    assert.equal(sent.sender.id, alice.id);
    assert.ok(Date.parse(sent.createdAt));
    assert.deepEqual(await two.next("message"), sent);

    one.send("typing", { roomId, isTyping: true });
    assert.deepEqual(await two.next("typing"), { roomId, userId: alice.id, username: alice.id, isTyping: true });
    one.send("typing", { roomId, isTyping: false });
    assert.equal((await two.next("typing")).isTyping, false);

    assert.deepEqual(await rest("GET", `/rooms/${roomId}/unread`, bob), { roomId, unreadCount: 1 });
    two.send("markRead", { roomId, sequenceId: 1 });
    const { readAt, ...read } = await one.next("read");
    assert.deepEqual(read, { roomId, userId: bob.id, sequenceId: 1 });
    assert.ok(Date.parse(readAt));
    assert.deepEqual(await rest("GET", `/rooms/${roomId}/unread`, bob), { roomId, unreadCount: 0 });

    const { rooms, count } = await rest("GET", "/rooms", alice);
    assert.equal(count, 1);
    assert.deepEqual([rooms[0].id, rooms[0].lastMessageText, rooms[0].messages], [roomId, "Hello!", [sent]]);
    assert.deepEqual(await rest("GET", `/rooms/${roomId}/messages?limit=50`, bob), {
      messages: [sent],
      count: 1,
      unreadCount: 0,
      hasMore: false,
    });
    const marked = await rest("POST", `/rooms/${roomId}/read`, bob, { sequenceId: 50 });
    assert.deepEqual(marked, { success: true, roomId, markedUpTo: 1 });
    const { onlineUsers } = await rest("GET", `/rooms/${roomId}/online`, alice);
    assert.deepEqual(onlineUsers.sort(), [alice.id, bob.id].sort());
    const direct = await rest("POST", "/direct", bob, { targetUserId: alice.id });
    assert.deepEqual([direct.room.id, direct.messages, direct.unreadCount], [roomId, [sent], 0]);
  });

  test("who comes and goes is told", async () => {
    const { room, one, two } = await together();
    one.arrived = [];
    two.socket.close();
    const gone = await one.next("presenceUpdate");
    assert.deepEqual([gone.userId, gone.status, gone.roomId], [bob.id, "offline", room.id]);
    await connect(bob);
    assert.equal((await one.next("presenceUpdate")).status, "online");
  });

  test("what was missed is in the room when one comes back", async () => {
    const { room, one, two } = await together();
    two.socket.close();
    await two.next("(close)");
    const sent = [];
    for (const content of ["one", "two"]) {
      sent.push(await one.ask("sendMessage", { roomId: room.id, content }, "message"));
    }
    const again = await connect(bob);
    const { messages, unreadCount } = await again.ask("joinRoom", { roomId: room.id }, "roomJoined");
    assert.deepEqual(messages.slice(-2), sent);
    assert.ok(unreadCount >= 2);
  });

  test("a left room is silent", async () => {
    const { room, one, two } = await together();
    assert.deepEqual(await two.ask("leaveRoom", { roomId: room.id }, "roomLeft"), { roomId: room.id });
    await one.ask("sendMessage", { roomId: room.id, content: "quiet" }, "message");
    const fence = await two.ask("joinRoom", { roomId: room.id }, "roomJoined");
    assert.equal(fence.messages.at(-1).content, "quiet");
    assert.ok(!two.types.includes("message"));
  });

  test("a gift, and a message that is sent twice", async () => {
    const { room, one, two } = await together();
    const gift = { roomId: room.id, content: "🌹", type: "gift", metadata: { giftId: "rose" }, clientMessageId: "k" };
    const first = await one.ask("sendMessage", gift, "message");
    assert.deepEqual([first.type, first.metadata, first.clientMessageId], ["gift", { giftId: "rose" }, "k"]);
    assert.deepEqual(await one.ask("sendMessage", gift, "message"), first);
    await two.next("message");
    const after = await one.ask("sendMessage", { roomId: room.id, content: "after" }, "message");
    assert.deepEqual(await two.next("message"), after);
    assert.equal(after.sequenceId, first.sequenceId + 1);
  });
});

describe("the wire", () => {
  for (const [name, token] of Object.entries({ "no token": undefined, "a bad token": "not.a.token" })) {
    test(`${name}: an error, then the close code 4401`, async () => {
      const client = dial(token);
      const error = await client.next("error");
      assert.equal(error.code, "UNAUTHORIZED");
      assert.equal((await client.next("(close)")).code, 4401);
    });
  }

  test("a frame that is refused says which, and the next one is handled", async () => {
    const client = await connect(alice);
    const cases = [
      ["{", undefined, "VALIDATION_ERROR"],
      [Buffer.from([0, 255]), undefined, "VALIDATION_ERROR"],
      ['{"type":"shout","payload":{}}', "shout", "VALIDATION_ERROR"],
      ['{"type":"joinRoom","payload":{}}', "joinRoom", "VALIDATION_ERROR"],
      [JSON.stringify({ type: "joinRoom", payload: { roomId: NOWHERE } }), "joinRoom", "FORBIDDEN"],
      [JSON.stringify({ type: "joinRoom", payload: { targetUserId: "nobody" } }), "joinRoom", "NOT_FOUND"],
      [JSON.stringify({ type: "sendMessage", payload: { content: "x".repeat(70_000) } }), "sendMessage", "PAYLOAD_TOO_LARGE"],
    ];
    for (const [frame, originalType, code] of cases) {
      client.socket.send(frame);
      const error = await client.next("error");
      assert.deepEqual([error.code, error.originalType], [code, originalType]);
      assert.ok(error.message);
    }
  });

  test("the system does not speak through anybody, and cleaning up is for administrators", async () => {
    const { room, one } = await together();
    const refused = await one.ask("sendMessage", { roomId: room.id, content: "x", type: "system" }, "error");
    assert.equal(refused.code, "FORBIDDEN");
    const answer = await request("DELETE", `/api/v1/chat/rooms/${room.id}/cleanup`, { token: alice.token });
    assert.deepEqual([answer.status, answer.body.error.code], [403, "FORBIDDEN"]);
  });

  test("a page of another origin gets no socket", async () => {
    const client = dial(alice.token, { origin: "https://evil.example" });
    assert.equal(await client.next("(refused)"), 403);
  });

  test("a ping of the client is answered", async () => {
    const client = await connect(alice);
    const answered = new Promise((resolve) => client.socket.once("pong", (data) => resolve(data.toString())));
    client.socket.ping("still there?");
    assert.equal(await answered, "still there?");
  });

  test("a token in the header will do", async () => {
    const client = dial(undefined, { headers: { Authorization: `Bearer ${alice.token}` } });
    assert.equal((await client.next("connected")).userId, alice.id);
  });
});
