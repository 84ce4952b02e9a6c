import Ajv from "ajv";

import { invalid } from "../errors.js";

export const ajv = new Ajv({ allErrors: true });

// For what may hold anything: what is nested deeper than the stack is high can be read, and never written again.
ajv.addKeyword({
  keyword: "maxDepth",
  validate: (limit, value) => fitsInto(limit, value),
  error: { message: "must NOT be nested this deep" },
});

const fitsInto = (limit, value) =>
  value === null || typeof value !== "object" || (limit > 0 && Object.values(value).every((each) => fitsInto(limit - 1, each)));

/** Refuse what does not fit a schema, and name every field; `place` is where the value stands in the request. */
export function validate(schema, value, place = "") {
  const fits = ajv.compile(schema);
  if (fits(value)) return;
  const problems = fits.errors.map((error) => ({ field: place + pointerOf(error), problem: error.message }));
  throw invalid(problems);
}

/** The place that an error is about: for a field that is missing or unknown, that of the field. */
function pointerOf({ instancePath, params }) {
  const name = params.missingProperty ?? params.additionalProperty;
  return name === undefined ? instancePath : `${instancePath}/${escape(name)}`;
}

const escape = (name) => name.replaceAll("~", "~0").replaceAll("/", "~1");
