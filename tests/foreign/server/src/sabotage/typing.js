/** Typing is told to whoever types as well. */
export function tellsTheTypist({ rooms }) {
  rooms.toOthers = (userId, id, event, payload) => rooms.toConversation(id, event, payload);
}

/** Who has sent a message goes on typing. */
export function typesOnAfterSending({ messages }) {
  messages.typing = { stop: async () => {} };
}

/** Who is gone goes on typing. */
export function typesOnAfterDisconnecting({ gateway, presence }) {
  gateway.handleDisconnect = ({ id, data }) => presence.depart(data.user.userId, id);
}
