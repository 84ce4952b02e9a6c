/** A connection of socket.io-client whose packets are noted, and which can be cut. */
import { Manager } from "./vendor/socket.io.js";
export const PATIENCE = 8000;
const HEARTBEATS = new Set(["ping", "pong"]);
/** The types of Engine.IO, each of which is its place here on the wire; a message has a packet of Socket.IO in it. */
const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];
const PACKETS = { "0": "CONNECT", "1": "DISCONNECT", "3": "ack", "4": "CONNECT_ERROR" };
const AGAIN = 700;
/** Connect to a namespace. The caller adds its listeners and calls `mend`, which begins. */
export function line(namespace, { base, token, log, tell }) {
    let wanted = false;
    const manager = new Manager(base.origin, {
        path: `${base.pathname}socket.io/`,
        // Several workers on one port take no other.
        transports: ["websocket"],
        autoConnect: false,
        reconnectionDelay: AGAIN,
        reconnectionDelayMax: 4000,
    });
    manager.on("open", () => watch(manager.engine, log));
    manager.on("reconnect_attempt", () => tell({ kind: "link", link: "connecting" }));
    const socket = manager.socket(namespace, {
        // Asked for anew with each connection: the token of the last one may be over.
        auth: (give) => void token().then((fresh) => give({ token: fresh }), () => give({})),
    });
    socket.on("connect_error", (error) => log.add("note", "no connection", error.message));
    socket.on("disconnect", (reason) => {
        log.add("note", wanted ? "connection lost" : "connection cut", reason);
        tell({ kind: "link", link: wanted ? "lost" : "cut" });
        // What the server ends is not taken up again by itself: a session that was over, say.
        if (wanted && !socket.active)
            setTimeout(() => wanted && socket.connect(), AGAIN);
    });
    return {
        socket,
        cut: () => {
            wanted = false;
            // As if a cable were pulled: without a word that one is about to go.
            manager.engine?.close();
            socket.disconnect();
        },
        mend: () => {
            wanted = true;
            tell({ kind: "link", link: "connecting" });
            socket.connect();
        },
        close: () => {
            wanted = false;
            socket.removeAllListeners();
            socket.disconnect();
        },
    };
}
function watch(engine, log) {
    const note = (direction) => (packet) => {
        const text = typeof packet.data === "string" ? packet.data : "";
        log.add(direction, label(packet), `${TYPES.indexOf(packet.type)}${text}`, HEARTBEATS.has(packet.type));
    };
    log.add("note", "connected", engine.id);
    engine.on("packet", note("in"));
    engine.on("packetCreate", note("out"));
}
/** Name a packet: by its event, if it is one. The first digit says of which type it is. */
function label({ type, data }) {
    if (type !== "message" || typeof data !== "string")
        return type;
    const event = /^[25](?:\/[^,]*,)?\d*\["([^"]*)"/.exec(data);
    return event?.[1] ?? PACKETS[data.charAt(0)] ?? type;
}
