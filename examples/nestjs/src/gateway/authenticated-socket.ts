import type { Socket } from "socket.io";

import type { CurrentUserData } from "../auth/current-user.decorator";
import type { EventQueue } from "./event-queue";

export interface SocketData {
  /** Absent if the token was not good: `refusal` has the reason. */
  user?: CurrentUserData;
  refusal?: unknown;
  queue: EventQueue;
  /** The conversations in which its user types. */
  typing: Set<string>;
}

export type AuthenticatedSocket = Socket<any, any, any, SocketData>;
