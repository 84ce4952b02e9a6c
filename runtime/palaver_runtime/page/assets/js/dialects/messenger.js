/** The messenger: conversations of two and of many, receipts and unread counts; nothing is edited or deleted. */
import { Refusal } from "../chat.js";
import { Rest } from "../rest.js";
import { PATIENCE, line } from "../socketio.js";
export const messenger = { wire: "Socket.IO, REST", open };
function open(opening) {
    const { tell } = opening;
    const rest = new Rest(opening.base, opening.log, opening.token);
    const { socket, cut, mend, close } = line("/", opening);
    const asking = () => socket.timeout(PATIENCE);
    const conversationOf = ({ type, members, unreadCount, lastMessage, ...rest }) => {
        for (const { userId, displayName } of members) {
            if (displayName)
                tell({ kind: "named", userId, name: displayName });
        }
        return {
            ...rest,
            kind: type,
            memberIds: members.map((each) => each.userId),
            unread: unreadCount,
            last: lastMessage && messageOf(lastMessage),
        };
    };
    socket.on("connect", () => tell({ kind: "link", link: "open" }));
    socket.on("error", ({ code, error }) => tell({ kind: "refused", code, message: error }));
    socket.on("message:new", (message) => tell({ kind: "message", message: messageOf(message) }));
    socket.on("message:read", ({ conversationId, readBy, sequence }) => tell({ kind: "read", conversationId, userId: readBy, sequence }));
    socket.on("status:online", ({ userId }) => tell({ kind: "presence", userId, online: true }));
    socket.on("status:offline", ({ userId }) => tell({ kind: "presence", userId, online: false }));
    mend();
    return {
        replies: false,
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
        async send({ conversationId, clientMessageId, content }) {
            accepted(await asking().emitWithAck("message:send", { conversationId, clientMessageId, content }));
            return undefined;
        },
        async read(conversationId, last) {
            const payload = { conversationId, messageId: last.id };
            return accepted(await asking().emitWithAck("message:read", payload)).unreadCount;
        },
        async online(conversationId) {
            return (await rest.ask("get", "/conversations/{conversationId}/online", { path: { conversationId } })).userIds;
        },
        async startDirect(userId) {
            const body = { type: "direct", memberIds: [userId] };
            return conversationOf(await rest.ask("post", "/conversations", { body }));
        },
        async startGroup(name, userIds) {
            const body = { type: "group", memberIds: userIds, ...(name && { name }) };
            return conversationOf(await rest.ask("post", "/conversations", { body }));
        },
    };
}
function accepted(answer) {
    if (!("success" in answer))
        throw new Refusal(answer.code, answer.error);
    return answer;
}
function messageOf({ isEdited: edited, isDeleted: deleted, type: _, ...rest }) {
    return { ...rest, edited, deleted, revision: 0 };
}
