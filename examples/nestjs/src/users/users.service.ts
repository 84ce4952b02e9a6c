import { randomBytes } from "node:crypto";

import { Injectable } from "@nestjs/common";

import { conflict, notFound } from "../common/chat.exception";
import { ConversationsRepository } from "../conversations/conversations.repository";
import { Storage } from "../storage/storage";

export interface User {
  id: string;
  username?: string;
  displayName?: string;
  passwordHash?: string;
  createdAt: string;
}

const keyOf = (id: string) => `user:${id}`;
const nameKeyOf = (username: string) => `username:${username.toLowerCase()}`;

/** Who people are, whether they registered here or came with a token of another service. */
@Injectable()
export class UsersService {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly storage: Storage,
  ) {}

  async create(username: string, displayName: string | undefined, passwordHash: string) {
    const id = `user_${randomBytes(12).toString("hex")}`;
    if (!(await this.storage.add(nameKeyOf(username), id))) throw conflict("This user name is taken");
    const user: User = { id, username, displayName, passwordHash, createdAt: new Date().toISOString() };
    await this.storage.add(keyOf(id), user);
    return user;
  }

  /** Take note of a user who may be new here. */
  async welcome(id: string) {
    await this.storage.add(keyOf(id), { id, createdAt: new Date().toISOString() });
  }

  find(id: string) {
    return this.storage.get<User>(keyOf(id));
  }

  async findByName(username: string) {
    const id = await this.storage.get<string>(nameKeyOf(username));
    return id === undefined ? undefined : this.find(id);
  }

  async requireAll(ids: string[]) {
    const users = await this.storage.getMany(ids.map(keyOf));
    if (users.includes(undefined)) throw notFound("There is no such user");
  }

  /** A user as the caller may see them: oneself, and those with whom one shares a conversation. */
  async look(callerId: string, id: string) {
    const user = await this.find(id);
    if (!user || !(id === callerId || (await this.conversations.areTogether(callerId, id)))) {
      throw notFound("There is no such user");
    }
    return this.view(user);
  }

  view({ id, username, displayName, createdAt }: User) {
    return { id, username, displayName, createdAt };
  }
}
