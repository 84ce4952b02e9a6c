import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(scrypt);
const LENGTH = 32;

/** Hashes passwords with scrypt. */
export class PasswordsService {
  constructor(cost) {
    this.cost = cost;
  }

  async hash(password) {
    const salt = randomBytes(16).toString("hex");
    return `${salt}.${await this.derived(password, salt)}`;
  }

  /** Whether a password is the one that was hashed; without a hash it takes as long, and is not. */
  async matches(password, hash) {
    const [salt, wanted] = (hash ?? `none.${"0".repeat(2 * LENGTH)}`).split(".");
    const given = await this.derived(password, salt);
    return timingSafeEqual(Buffer.from(given), Buffer.from(wanted)) && hash !== undefined;
  }

  async derived(password, salt) {
    return (await derive(password, salt, LENGTH, { N: this.cost })).toString("hex");
  }
}
