// socket.io under NestJS: a gateway of @nestjs/websockets, with its decorators called by hand as there is no TypeScript.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { connected, message, nothingMissed, pong, refused, room } from './chat.js';
import { endWithInput } from './serving.js';

class Chat {
  handleConnection(socket) {
    socket.emit('connected', connected(socket));
  }

  // An answer with a name of an event in it would be sent as that event, not as the acknowledgement.
  ping() {
    return { ...pong(), event: undefined };
  }

  join(socket, { conversationId }) {
    socket.join(room(conversationId));
    return { success: true, room: conversationId };
  }

  sync() {
    return nothingMissed;
  }

  send(socket, payload) {
    const made = message(socket.id, payload);
    if (!made) return refused;
    this.server.to(room(made.conversationId)).emit('message:new', made);
    return { success: true, message: made };
  }
}
WebSocketServer()(Chat.prototype, 'server');
for (const [method, event] of Object.entries({ ping: 'ping', join: 'room:join', sync: 'messages:sync', send: 'message:send' })) {
  ConnectedSocket()(Chat.prototype, method, 0);
  MessageBody()(Chat.prototype, method, 1);
  SubscribeMessage(event)(Chat.prototype, method, Object.getOwnPropertyDescriptor(Chat.prototype, method));
}
WebSocketGateway({ serveClient: false })(Chat);

class App {}
Module({ providers: [Chat] })(App);

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
app.useWebSocketAdapter(new IoAdapter(app));
await app.listen(0, '127.0.0.1');
console.log(`READY ${app.getHttpServer().address().port}`);
endWithInput();
