import { ChatError, conflict, unauthorized } from "../errors.js";

/** Nothing is ever too much. */
export function neverLimits({ limits }) {
  limits.spend = async () => {};
}

/** A limit is told as a contradiction, which a client does not repeat. */
export function limitsForTheWrongReason({ limits }) {
  const { message } = limits;
  limits.message = async (userId) => {
    try {
      await message.call(limits, userId);
    } catch (error) {
      throw error instanceof ChatError ? conflict(error.message) : error;
    }
  };
}

/** Who sends too much is refused once, and then for ever. */
export function neverForgivesAFlood({ limits }) {
  const flooded = new Set();
  const { message } = limits;
  limits.message = async (userId) => {
    if (flooded.has(userId)) await limits.spend("nobody", { burst: 0, perSecond: 1 });
    await message.call(limits, userId).catch((error) => {
      flooded.add(userId);
      throw error;
    });
  };
}

/** Requests are counted, and the bystanders' with them. */
export function countsEverybodyTogether({ limits }) {
  limits.request = () => limits.spend("requests", limits.limits.requests);
}

/** An event may have any size. */
export function takesEventsOfAnySize({ gateway }) {
  gateway.requireSize = () => {};
}

/** A body may have any size. */
export function takesBodiesOfAnySize({ api }) {
  api.maxPayloadBytes = Infinity;
}

/** One device too many is told that its token is not valid. */
export function refusesDevicesForTheWrongReason({ presence }) {
  const { arrive } = presence;
  presence.arrive = (...connection) =>
    arrive.apply(presence, connection).catch(() => {
      throw unauthorized("The token is missing or not valid");
    });
}
