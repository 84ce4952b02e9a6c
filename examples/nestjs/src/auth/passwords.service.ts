import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

import { Injectable } from "@nestjs/common";

import { Config } from "../config";

const LENGTH = 32;

/** Hashes passwords with scrypt. */
@Injectable()
export class PasswordsService {
  constructor(private readonly config: Config) {}

  async hash(password: string) {
    const salt = randomBytes(16).toString("hex");
    return `${salt}.${await this.derive(password, salt)}`;
  }

  /** Whether a password is the one that was hashed; without a hash it takes as long, and is not. */
  async matches(password: string, hash?: string) {
    const [salt = "", wanted = ""] = (hash ?? `none.${"0".repeat(2 * LENGTH)}`).split(".");
    const given = await this.derive(password, salt);
    return timingSafeEqual(Buffer.from(given), Buffer.from(wanted)) && hash !== undefined;
  }

  private derive(password: string, salt: string) {
    return new Promise<string>((resolve, reject) =>
      scrypt(password, salt, LENGTH, { N: this.config.passwordCost }, (error, key) =>
        error ? reject(error) : resolve(key.toString("hex")),
      ),
    );
  }
}
