/** The dialects that the page speaks. */

import type { Dialect } from "../chat.js";
import { envelope } from "./envelope.js";
import { gateway } from "./gateway.js";
import { messenger } from "./messenger.js";
import { social } from "./social.js";

export const dialects: Readonly<Record<string, Dialect>> = { gateway, messenger, envelope, social };
