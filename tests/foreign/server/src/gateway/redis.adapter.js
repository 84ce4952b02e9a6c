import { Adapter } from "socket.io-adapter";

const CHANNEL = "socket.io";

/**
 * Socket.IO over several instances.
 *
 * Unlike @socket.io/redis-adapter, an instance does not deliver its own broadcasts at once: they come back to it by
 * Redis, as they do to all others. So everybody sees everything in one order, that in which Redis published it; and
 * what is published while a conversation is locked is published in the order of its revisions.
 */
export class RedisAdapter extends Adapter {
  /** A class for one Redis, as Socket.IO wants one: it makes the adapters itself. */
  static async connect(client) {
    const subscriber = client.duplicate();
    subscriber.on("error", (error) => console.error(`Redis: ${error.message}`));
    await subscriber.connect();
    return class extends RedisAdapter {
      client = client;
      subscriber = subscriber;
    };
  }

  async init() {
    await this.subscriber.subscribe(CHANNEL, (text) => this.receive(JSON.parse(text)));
  }

  broadcast(packet, options) {
    this.publish("broadcast", options, packet);
  }

  addSockets(options, rooms) {
    this.publish("addSockets", options, rooms);
  }

  delSockets(options, rooms) {
    this.publish("delSockets", options, rooms);
  }

  disconnectSockets(options, close) {
    this.publish("disconnectSockets", options, close);
  }

  publish(method, { rooms, except = [], flags }, argument) {
    const text = JSON.stringify({ method, rooms: [...rooms], except: [...except], flags, argument });
    this.client.publish(CHANNEL, text).catch(console.error);
  }

  receive({ method, rooms, except, flags, argument }) {
    const options = { rooms: new Set(rooms), except: new Set(except), flags };
    if (method === "broadcast") super.broadcast(argument, options);
    if (method === "addSockets") super.addSockets(options, argument);
    if (method === "delSockets") super.delSockets(options, argument);
    if (method === "disconnectSockets") super.disconnectSockets(options, argument);
  }

  async close() {
    await this.subscriber.close();
  }
}
