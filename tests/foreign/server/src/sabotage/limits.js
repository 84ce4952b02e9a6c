import { ChatError, conflict, unauthorized } from "../errors.js";

/** Nothing is ever too much. */
export function neverLimits({ limits }) {
  limits.spend = async () => {};
}

/** A limit is told as a contradiction, which a client does not repeat. */
export function limitsForTheWrongReason({ limits }) {
  const { count } = limits;
  limits.count = async (...deed) => {
    try {
      await count.apply(limits, deed);
    } catch (error) {
      throw error instanceof ChatError ? conflict(error.message) : error;
    }
  };
}

/** Who has once done too much is refused for ever. */
export function neverForgivesAFlood({ limits }) {
  const refusals = new Map();
  const { count } = limits;
  limits.count = async (userId, names) => {
    if (refusals.has(userId)) throw refusals.get(userId);
    await count.call(limits, userId, names).catch((error) => {
      refusals.set(userId, error);
      throw error;
    });
  };
}

/** What others do counts as well. */
export function countsEverybodyTogether({ limits }) {
  limits.limits.requests = { burst: 100, perSecond: 0.1 };
  const { count } = limits;
  limits.count = (_, names) => count.call(limits, "everybody", names);
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
