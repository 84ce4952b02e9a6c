// The aether dialect, spoken by the official Socket.IO client, and by the gRPC client of Node.js with the .proto files
// of its project, loaded as that loads them. PALAVER_URL and PALAVER_GRPC name the server, PALAVER_PROTOS the folder of
// the files, PALAVER_JWT_SECRET is what the server shares with whoever signs tokens.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { Metadata, credentials, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { Client, sign } from "./inbox.js";

const TRANSPORTS = { websocket: ["websocket"], polling: ["polling"], "polling, then upgraded": ["polling", "websocket"] };
const LOADER = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };
const PATIENCE_MS = 10_000;

function service(file, packageName, name) {
  const definition = loadPackageDefinition(loadSync(join(process.env.PALAVER_PROTOS, file), LOADER));
  return new definition[packageName][name](process.env.PALAVER_GRPC, credentials.createInsecure());
}

const messages = service("message.proto", "message", "MessageService");
const auth = service("auth.proto", "auth", "AuthService");
const open = new Set();

let alice, bob, room;

beforeEach(() => {
  [alice, bob] = ["alice", "bob"].map((name) => {
    const id = `${name}-${randomUUID().slice(0, 8)}`;
    return { id, token: sign(id) };
  });
  room = `room ${randomUUID().slice(0, 8)}`;
});

afterEach(() => {
  for (const client of open) client.close();
  open.clear();
});

after(() => {
  messages.close();
  auth.close();
});

function dial(token, transports) {
  const client = new Client(token, transports);
  open.add(client);
  return client;
}

/** Connect a user, wait until the server is ready for it, and enter rooms. */
async function connect(user, transports, ...rooms) {
  const client = dial(user.token, transports);
  assert.deepEqual(await client.next("connected"), {
    message: "Successfully connected",
    user: { id: user.id, username: user.id },
  });
  for (const roomId of rooms) {
    client.socket.emit("join_room", { roomId });
    assert.deepEqual(await client.next("joined_room"), { message: `Joined room ${roomId}`, roomId });
  }
  return client;
}

/** Make a call in the name of a user, or of nobody. */
function call(service, method, request, user) {
  const metadata = new Metadata();
  if (user) metadata.set("authorization", `Bearer ${user.token}`);
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + PATIENCE_MS };
    service[method](request, metadata, options, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

for (const [name, transports] of Object.entries(TRANSPORTS)) {
  describe(`over ${name}`, () => {
    for (const [what, token] of [["a bad token", "not.a.token"], ["no token", undefined]]) {
      test(`${what} is refused by an error event, then a disconnect`, async () => {
        const client = dial(token, transports);
        assert.equal(await client.next("(disconnect)"), "io server disconnect");
        assert.deepEqual(client.arrived.map((one) => one.event), ["error"]);
        assert.equal(client.arrived[0].payload.code, "UNAUTHORIZED");
      });
    }

    test("who joins is announced, and a message reaches everybody in the room", async () => {
      const hers = await connect(alice, transports, room);
      const his = await connect(bob, transports, room);
      assert.deepEqual(await hers.next("user_joined"), { userId: bob.id, username: bob.id, roomId: room });
      his.socket.emit("send_message", { roomId: room, content: "Shall we meet at nine? 🕘" });
      const told = await hers.next("new_message");
      assert.deepEqual(await his.next("new_message"), told);
      assert.ok(Date.parse(told.createdAt));
      assert.match(told.id, /^[0-9a-f]{24}$/);
      assert.deepEqual(
        { ...told, id: "", createdAt: "" },
        {
          id: "",
          userId: bob.id,
          username: bob.id,
          roomId: room,
          content: "Shall we meet at nine? 🕘",
          messageType: "text",
          createdAt: "",
          sequence: 1,
        },
      );
    });

    test("typing is told to the others, and ends", async () => {
      const hers = await connect(alice, transports, room);
      const his = await connect(bob, transports, room);
      await hers.next("user_joined");
      his.socket.emit("typing_start", { roomId: room });
      his.socket.emit("typing_stop", { roomId: room });
      for (const isTyping of [true, false]) {
        const told = { userId: bob.id, username: bob.id, roomId: room, isTyping };
        assert.deepEqual(await hers.next("user_typing"), told);
      }
    });

    test("leaving is for good, and going offline is told", async () => {
      const hers = await connect(alice, transports, room);
      const his = await connect(bob, transports, room);
      await hers.next("user_joined");
      his.socket.emit("leave_room", { roomId: room });
      assert.deepEqual(await his.next("left_room"), { message: `Left room ${room}`, roomId: room });
      const bobHere = { userId: bob.id, username: bob.id, roomId: room };
      assert.deepEqual(await hers.next("user_left"), bobHere);
      his.socket.emit("send_message", { roomId: room, content: "still here?" });
      const refusal = await his.next("error");
      assert.equal(refusal.message, "You are not in this room");
      assert.equal(refusal.code, "FORBIDDEN");
      assert.equal(refusal.originalEvent, "send_message");
      his.socket.emit("join_room", { roomId: room });
      await his.next("joined_room");
      assert.deepEqual(await hers.next("user_joined"), bobHere);
      his.close();
      assert.deepEqual(await hers.next("user_left"), bobHere);
    });
  });
}

describe("over gRPC", () => {
  test("a message reaches the sockets, and the history has those of the sockets", async () => {
    const hers = await connect(alice, undefined, room);
    const joined = await call(messages, "JoinRoom", { userId: bob.id, roomId: room }, bob);
    assert.equal(joined.success, true);
    assert.deepEqual(joined.room.members, [alice.id, bob.id]);
    await hers.next("user_joined");

    const request = { userId: bob.id, roomId: room, content: "From a service", messageType: "file" };
    const sent = await call(messages, "SendMessage", request, bob);
    assert.equal(sent.success, true);
    assert.equal(sent.message, "Message sent successfully");
    const told = await hers.next("new_message");
    assert.equal(told.id, sent.messageData.id);
    assert.equal(told.content, "From a service");
    assert.equal(told.messageType, "file");

    for (const content of ["two", "three"]) {
      hers.socket.emit("send_message", { roomId: room, content });
      await hers.next("new_message");
    }
    const history = await call(messages, "GetMessageHistory", { roomId: room, page: 1, limit: 2 }, bob);
    assert.deepEqual(history.messages.map((one) => one.content), ["two", "three"]);
    assert.deepEqual(history.pagination, {
      currentPage: 1,
      totalPages: 2,
      totalItems: 3,
      itemsPerPage: 2,
      hasNext: true,
      hasPrevious: false,
    });
    const older = await call(messages, "GetMessageHistory", { roomId: room, page: 2, limit: 2 }, bob);
    assert.deepEqual(older.messages, [sent.messageData]);
  });

  test("a private room is entered by who is in it alone", async () => {
    const { room: board } = await call(messages, "CreateRoom", { name: "Board", roomType: "private" }, alice);
    const hers = await connect(alice, undefined, board.id);
    const his = await connect(bob);
    his.socket.emit("join_room", { roomId: board.id });
    assert.equal((await his.next("error")).code, "FORBIDDEN");
    const refused = await call(messages, "JoinRoom", { roomId: board.id }, bob);
    assert.deepEqual([refused.success, refused.error, refused.room], [false, "FORBIDDEN", undefined]);
    const { rooms } = await call(messages, "GetRooms", {}, alice);
    assert.ok(rooms.some((one) => one.id === board.id && one.name === "Board" && one.roomType === "private"));
    hers.socket.emit("send_message", { roomId: board.id, content: "among us" });
    assert.equal((await hers.next("new_message")).roomId, board.id);
  });

  test("nobody calls without a token, or for somebody else", async () => {
    const anonymous = await call(messages, "GetRooms", { userId: alice.id });
    assert.deepEqual([anonymous.success, anonymous.error], [false, "UNAUTHORIZED"]);
    const other = await call(messages, "GetRooms", { userId: alice.id }, bob);
    assert.deepEqual([other.success, other.error], [false, "FORBIDDEN"]);
  });

  test("tokens are looked into, and the service is well", async () => {
    const good = await call(auth, "ValidateToken", { token: alice.token });
    assert.equal(good.success && good.isValid, true);
    assert.deepEqual([good.user.id, good.user.username], [alice.id, alice.id]);
    const bad = await call(auth, "ValidateToken", { token: "not.a.token" });
    assert.equal(bad.success && bad.isValid, false);
    const health = await call(messages, "HealthCheck", {});
    assert.equal(health.success, true);
    assert.equal(health.service, "message-service");
  });
});
