import { ajv } from "../validation/validator.js";

/** Of several bad fields the first is named. */
export function namesOneBadFieldOnly() {
  ajv.opts.allErrors = false;
}

/** Text may be sent as a number. */
export function takesNumbersForText() {
  ajv.opts.coerceTypes = true;
}

/** A refusal is acknowledged, and no error event sent. */
export function refusesInSilence({ gateway }) {
  const { handleEvent } = gateway;
  gateway.handleEvent = (socket, event, args) => {
    const quiet = Object.create(socket, { emit: { value: () => true } });
    return handleEvent.call(gateway, quiet, event, args);
  };
}

/** What asks for no acknowledgement is not done. */
export function ignoresWhatWantsNoAnswer({ gateway }) {
  const { handleEvent } = gateway;
  gateway.handleEvent = async (socket, event, args) => {
    if (typeof args.at(-1) === "function") await handleEvent.call(gateway, socket, event, args);
  };
}

/** The answer to a ping has seconds. */
export function pingsInSeconds({ gateway }) {
  gateway.events.get("ping").handle = () => ({ event: "pong", timestamp: Math.floor(Date.now() / 1000) });
}

/** An unknown event ends the connection. */
export function hangsUpOnUnknownEvents({ gateway }) {
  const { handleEvent } = gateway;
  gateway.handleEvent = async (socket, event, args) => {
    if (!gateway.events.has(event)) socket.disconnect(true);
    await handleEvent.call(gateway, socket, event, args);
  };
}

/** A message that is sent by request has a field that one by event has not. */
export function writesRestMessagesDifferently({ api }) {
  const { answer } = api;
  api.answer = async (request) => {
    const { status, body } = await answer.call(api, request);
    return { status, body: body?.senderId ? { ...body, via: "rest" } : body };
  };
}
