/** The gateway: colon events with acknowledgements, and all that the page can show. */
import { Refusal } from "../chat.js";
import { Rest } from "../rest.js";
import { PATIENCE, line } from "../socketio.js";
export const gateway = { wire: "Socket.IO with acknowledgements, REST", accounts: true, open };
function open(opening) {
    const { tell } = opening;
    const rest = new Rest(opening.base, opening.log, opening.token);
    const { socket, cut, mend, close } = line("/", opening);
    const asking = () => socket.timeout(PATIENCE);
    socket.on("connected", () => tell({ kind: "link", link: "open" }));
    socket.on("error", ({ code, message }) => tell({ kind: "refused", code, message }));
    socket.on("message:new", (message) => tell({ kind: "message", message: messageOf(message) }));
    socket.on("message:updated", ({ messageId, conversationId, content, revision }) => tell({ kind: "edited", conversationId, id: messageId, content, revision }));
    socket.on("message:deleted", ({ messageId, conversationId, revision }) => tell({ kind: "deleted", conversationId, id: messageId, revision }));
    socket.on("message:read", ({ conversationId, userId, sequence }) => tell({ kind: "read", conversationId, userId, sequence }));
    socket.on("user:typing", ({ conversationId, userId, isTyping }) => tell({ kind: "typing", conversationId, userId, active: isTyping }));
    socket.on("user:online", ({ userId }) => tell({ kind: "presence", userId, online: true }));
    socket.on("user:offline", ({ userId }) => tell({ kind: "presence", userId, online: false }));
    for (const event of ["conversation:new", "conversation:joined", "conversation:updated"]) {
        socket.on(event, (conversation) => tell({ kind: "conversation", conversation: conversationOf(conversation) }));
    }
    socket.on("conversation:removed", ({ conversationId }) => tell({ kind: "gone", conversationId }));
    for (const event of ["participant:added", "participant:removed"]) {
        socket.on(event, ({ conversationId }) => tell({ kind: "members", conversationId }));
    }
    mend();
    return {
        replies: true,
        cut,
        mend,
        close,
        async conversations() {
            const found = [];
            let cursor;
            do {
                const page = await rest.ask("get", "/conversations", { query: { limit: 100, ...(cursor && { cursor }) } });
                found.push(...page.conversations.map(conversationOf));
                cursor = page.nextCursor;
            } while (cursor);
            return found;
        },
        async history(conversationId, before) {
            const query = { limit: 50, ...(before && { before: before.id }) };
            const path = "/conversations/{conversationId}/messages";
            const { messages, hasMore } = await rest.ask("get", path, { path: { conversationId }, query });
            return { messages: messages.map(messageOf), more: hasMore };
        },
        async send({ conversationId, clientMessageId, content, replyTo }) {
            const payload = { conversationId, clientMessageId, content, ...(replyTo && { replyTo }) };
            return messageOf(accepted(await asking().emitWithAck("message:send", payload)).message);
        },
        async edit(messageId, content) {
            accepted(await asking().emitWithAck("message:edit", { messageId, content }));
        },
        async remove(messageId) {
            accepted(await asking().emitWithAck("message:delete", { messageId }));
        },
        async read(conversationId, last) {
            const payload = { conversationId, messageId: last.id };
            return accepted(await asking().emitWithAck("message:read", payload)).unreadCount;
        },
        typing(conversationId, active) {
            socket.volatile.emit(active ? "typing:start" : "typing:stop", { conversationId }, () => { });
        },
        async online(conversationId) {
            return (await rest.ask("get", "/conversations/{conversationId}/online", { path: { conversationId } })).userIds;
        },
        async missed(conversationId, last, revision) {
            const missed = { messages: [], changed: [] };
            let place = { conversationId, ...(last && { lastMessageId: last.id, revision }) };
            for (;;) {
                const answer = accepted(await asking().emitWithAck("messages:sync", place));
                missed.messages.push(...answer.messages.map(messageOf));
                missed.changed.push(...answer.changed.map(messageOf));
                if (!answer.hasMore)
                    return missed;
                const newest = missed.messages.at(-1) ?? last;
                place = { conversationId, revision: answer.revision, ...(newest && { lastMessageId: newest.id }) };
            }
        },
        async name(userId) {
            const user = await rest.ask("get", "/users/{userId}", { path: { userId } });
            return user.displayName ?? user.username ?? user.id;
        },
        async startDirect(userId) {
            const body = { type: "direct", participantIds: [userId] };
            return conversationOf(await rest.ask("post", "/conversations", { body }));
        },
        async startGroup(name, userIds) {
            const body = { type: "group", participantIds: userIds, ...(name && { name }) };
            return conversationOf(await rest.ask("post", "/conversations", { body }));
        },
    };
}
function accepted(answer) {
    if (!answer.success)
        throw new Refusal(answer.error.code, answer.error.message);
    return answer;
}
function messageOf(message) {
    const { isEdited: edited, isDeleted: deleted, ...rest } = message;
    return { ...rest, edited, deleted };
}
function conversationOf({ type, participants, unreadCount, lastMessage, ...rest }) {
    return {
        ...rest,
        kind: type,
        memberIds: participants.map((each) => each.userId),
        unread: unreadCount ?? 0,
        last: lastMessage && messageOf(lastMessage),
    };
}
