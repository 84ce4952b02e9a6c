import { randomBytes } from "node:crypto";

import { conflict, notFound } from "../errors.js";

const keyOf = (id) => `user:${id}`;
const nameKeyOf = (username) => `username:${username.toLowerCase()}`;

/** Who people are, whether they registered here or came with a token of another service. */
export class UsersService {
  constructor({ storage, conversations }) {
    Object.assign(this, { storage, conversations });
  }

  async create(username, displayName, passwordHash) {
    const id = `user_${randomBytes(12).toString("hex")}`;
    if (!(await this.storage.add(nameKeyOf(username), id))) {
      throw conflict("This user name is taken");
    }
    const user = { id, username, displayName, passwordHash, createdAt: new Date().toISOString() };
    await this.storage.add(keyOf(id), user);
    return user;
  }

  /** Take note of a user who may be new here. */
  async welcome(id) {
    await this.storage.add(keyOf(id), { id, createdAt: new Date().toISOString() });
  }

  find(id) {
    return this.storage.get(keyOf(id));
  }

  async findByName(username) {
    const id = await this.storage.get(nameKeyOf(username));
    return id && this.find(id);
  }

  async requireAll(ids) {
    const users = await this.storage.getMany(ids.map(keyOf));
    if (users.some((user) => !user)) throw notFound("There is no such user");
  }

  /** A user as the caller may see them: oneself, and those with whom one shares a conversation. */
  async look(callerId, id) {
    const user = await this.find(id);
    if (!user || !(id === callerId || (await this.conversations.shared(callerId, id)))) {
      throw notFound("There is no such user");
    }
    return this.view(user);
  }

  view({ id, username, displayName, createdAt }) {
    return { id, username, displayName, createdAt };
  }
}
