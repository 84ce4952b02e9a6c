// The events of the gateway documents, as far as they are measured, without what the documents ask beside: no token is
// verified, nobody's membership is looked up, nothing is limited. Ids and sequences are counted here.
import { pid } from 'node:process';

export const room = (conversation) => `conversation:${conversation}`;

let count = 0;
const sequences = new Map();

export function message(sender, { conversationId, content, clientMessageId }) {
  if (typeof conversationId !== 'string' || typeof content !== 'string' || content.length > 5000) return null;
  const sequence = (sequences.get(conversationId) ?? 0) + 1;
  sequences.set(conversationId, sequence);
  const moment = new Date().toISOString();
  return {
    id: (pid.toString(16) + (++count).toString(16).padStart(12, '0')).padStart(24, '0'),
    conversationId,
    senderId: sender,
    content,
    attachments: [],
    metadata: {},
    clientMessageId,
    sequence,
    revision: sequence,
    isEdited: false,
    isDeleted: false,
    createdAt: moment,
    updatedAt: moment,
  };
}

export const refused = { success: false, error: { code: 'VALIDATION_ERROR', message: 'The payload is not valid.' } };

export const connected = (socket) => ({ userId: socket.id, socketId: socket.id, rooms: 0, timestamp: new Date().toISOString() });

export const pong = () => ({ event: 'pong', timestamp: Date.now() });

export const nothingMissed = { success: true, messages: [], changed: [], hasMore: false, revision: 0 };

// `keep` makes a message durable and resolves when it is; without one it is only sent on.
export function chat(io, keep) {
  io.on('connection', (socket) => {
    socket.on('ping', (_, done) => done(pong()));
    socket.on('room:join', ({ conversationId }, done) => {
      socket.join(room(conversationId));
      done({ success: true, room: conversationId });
    });
    socket.on('messages:sync', (_, done) => done(nothingMissed));
    const publish = (made, done) => {
      io.to(room(made.conversationId)).emit('message:new', made);
      done({ success: true, message: made });
    };
    socket.on('message:send', (payload, done) => {
      const made = message(socket.id, payload);
      if (!made) done(refused);
      else if (!keep) publish(made, done);
      else keep(made).then(() => publish(made, done));
    });
    socket.emit('connected', connected(socket));
  });
}
