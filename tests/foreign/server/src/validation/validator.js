import Ajv from "ajv";

import { invalid } from "../errors.js";

export const ajv = new Ajv({ allErrors: true });

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
