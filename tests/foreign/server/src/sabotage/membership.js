/** Who was removed is told so, and goes on receiving. */
export function leavesRemovedSocketsInTheRoom({ rooms }) {
  rooms.leave = () => {};
}

/** Who was removed can go back into the room. */
export function opensRoomsToFormerMembers({ gateway, rooms }) {
  gateway.events.get("room:join").handle = async (socket, { conversationId }) => {
    rooms.join(socket, conversationId);
    return { success: true, room: conversationId };
  };
}

/** Every member does what the owner may. */
export function letsMembersAdd({ conversations }) {
  conversations.requireOwner = () => {};
}

/** Who is added has the whole history unread. */
export function hasEverythingUnreadForNewcomers({ conversations: { repository } }) {
  const { save } = repository;
  repository.save = async (conversation, { added, removed } = {}) => {
    const newcomer = conversation.participants.find(({ userId }) => userId === added);
    if (newcomer) newcomer.readSequence = 0;
    await save.call(repository, conversation, { added, removed });
  };
}

/** The conversation of an owner who leaves has none. */
export function leavesConversationsWithoutOwner({ conversations: { repository } }) {
  const { save } = repository;
  repository.save = async (conversation, { added, removed } = {}) => {
    const heir = removed && conversation.participants.find(({ role }) => role === "owner");
    if (heir) heir.role = "member";
    await save.call(repository, conversation, { added, removed });
  };
}

/** To leave a room on one connection silences all of the user's. */
export function mutesAllDevices({ rooms }) {
  rooms.mute = (socket, conversationId) => rooms.leave(socket.data.user.userId, conversationId);
}
