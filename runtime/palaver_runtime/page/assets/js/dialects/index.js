/** The dialects that the page speaks. */
import { envelope } from "./envelope.js";
import { gateway } from "./gateway.js";
import { messenger } from "./messenger.js";
import { social } from "./social.js";
export const dialects = { gateway, messenger, envelope, social };
