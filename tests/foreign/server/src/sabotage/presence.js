/** The end of one connection is taken for the end of all. */
export function goesOfflineWithAnyConnection({ presence, storage }) {
  const { depart } = presence;
  presence.depart = async (userId, socketId) => {
    for (const each of await storage.members(`ws:connections:${userId}`)) {
      await depart.call(presence, userId, each);
    }
  };
}

/** Nobody ever goes offline. */
export function keepsGhosts({ presence }) {
  presence.depart = async () => {};
}

/** Who comes back after a blink was away. */
export function flaps({ presence }) {
  const { depart } = presence;
  presence.depart = async (userId, socketId) => {
    await depart.call(presence, userId, socketId);
    await presence.settle(userId);
  };
}

/** Who comes online is told to everybody. */
export function tellsStrangersWhoIsOnline({ presence, rooms }) {
  const { tell } = presence;
  presence.tell = async (userId, event) => {
    await tell.call(presence, userId, event);
    const [conversationId = "0".repeat(24)] = await presence.conversations.repository.idsOf(userId);
    const timestamp = new Date().toISOString();
    rooms.server.except(`conversation:${conversationId}`).emit(event, { userId, conversationId, timestamp });
  };
}

/** Whoever sends a request is online. */
export function takesRequestsForPresence({ auth, presence, storage }) {
  const { authenticate } = auth;
  auth.authenticate = async (token) => {
    const caller = await authenticate.call(auth, token);
    await storage.include("ws:online", caller.userId);
    return caller;
  };
}
