// socket.io on Node.js with the defaults of its version 4, as its documentation starts it.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { chat } from './chat.js';
import { options, serve } from './serving.js';

const server = createServer();
const io = new Server(server, { serveClient: false });
if (options.redis) {
  const { createClient } = await import('@redis/client');
  const { createAdapter } = await import('@socket.io/redis-adapter');
  const publisher = createClient({ url: options.redis });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  io.adapter(createAdapter(publisher, subscriber));
}
let keep;
if (options.postgres) {
  const { storage } = await import('./storage.js');
  keep = await storage(options);
}
chat(io, keep);
serve(server);
