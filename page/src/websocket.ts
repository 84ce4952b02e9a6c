/** A bare WebSocket whose frames are noted, which connects again, and which can be cut. */

import type { Opening } from "./chat.js";

const AGAIN = 1000;

export interface Line<Out> {
  send: (frame: Out) => void;
  cut: () => void;
  mend: () => void;
  close: () => void;
}

/** Speak JSON frames, told apart by their `type`. `address` is made anew for each connection; `take` gets what comes. */
export function line<In extends { type: string }, Out extends { type: string }>(
  { log, tell }: Opening,
  address: () => Promise<URL>,
  take: (frame: In) => void,
): Line<Out> {
  let wanted = false;
  let socket: WebSocket | undefined;

  async function connect(): Promise<void> {
    tell({ kind: "link", link: "connecting" });
    let url: URL;
    try {
      url = await address();
    } catch {
      retry();
      return;
    }
    if (!wanted) return;
    const mine = new WebSocket(url);
    socket = mine;
    mine.addEventListener("message", ({ data }: MessageEvent<string>) => {
      const frame = JSON.parse(data) as In;
      log.add("in", frame.type, data);
      take(frame);
    });
    mine.addEventListener("close", ({ code, reason }) => {
      // The next one may be open already.
      if (socket !== mine) return;
      socket = undefined;
      log.add("note", wanted ? "connection lost" : "connection cut", `${code} ${reason}`.trim());
      tell({ kind: "link", link: wanted ? "lost" : "cut" });
      retry();
    });
  }

  function retry(): void {
    if (wanted) setTimeout(() => wanted && !socket && void connect(), AGAIN);
  }

  function end(): void {
    wanted = false;
    socket?.close();
  }

  return {
    send(frame) {
      if (socket?.readyState !== WebSocket.OPEN) throw new Error("there is no connection");
      const text = JSON.stringify(frame);
      log.add("out", frame.type, text);
      socket.send(text);
    },
    cut: end,
    mend: () => {
      wanted = true;
      void connect();
    },
    close: () => {
      end();
      socket = undefined;
    },
  };
}
