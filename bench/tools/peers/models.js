// AsyncAPI's Modelina as its documentation has it: pydantic models and TypeScript types of each document.
//
//   node models.js FOLDER DOCUMENT...

import { mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PYTHON_PYDANTIC_PRESET, PythonFileGenerator, TypeScriptFileGenerator } from "@asyncapi/modelina";
import { Parser, fromFile } from "@asyncapi/parser";

const ERROR = 0;
const [folder, ...documents] = process.argv.slice(2);

for (const path of documents) {
  const { document, diagnostics } = await fromFile(new Parser(), path).parse();
  const wrong = diagnostics.filter((each) => each.severity === ERROR);
  if (document === undefined || wrong.length > 0) {
    throw new Error(`${path}: ${wrong.map((each) => each.message).join("; ")}`);
  }
  const dialect = basename(dirname(path));
  const into = (language) => {
    const place = join(folder, language, dialect);
    mkdirSync(place, { recursive: true });
    return place;
  };
  const python = new PythonFileGenerator({ presets: [PYTHON_PYDANTIC_PRESET] });
  const models = await python.generateToFiles(document, into("python"), { packageName: dialect });
  const types = await new TypeScriptFileGenerator({ modelType: "interface" }).generateToFiles(document, into("typescript"), {});
  if (models.length === 0 || types.length === 0) {
    throw new Error(`${path}: nothing came of it`);
  }
}
