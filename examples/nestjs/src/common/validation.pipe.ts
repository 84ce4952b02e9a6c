import { type ArgumentMetadata, Injectable, type PipeTransform } from "@nestjs/common";
import { plainToInstance } from "class-transformer";
import { validate, type ValidationError } from "class-validator";

import { type FieldProblem, invalid } from "./chat.exception";

const MAX_DEPTH = 100;
const PLACE: Partial<Record<ArgumentMetadata["type"], string>> = { body: "", param: "/path", query: "/query" };

/**
 * As Nest's ValidationPipe with `whitelist`, `forbidNonWhitelisted` and `transform`, only that it names the place of every
 * field that is wrong, and leaves what clients attach as it came: Nest's takes `__proto__` out of it.
 */
@Injectable()
export class ChatValidationPipe implements PipeTransform {
  async transform(value: unknown = {}, { type, metatype }: ArgumentMetadata) {
    const place = PLACE[type];
    if (place === undefined || metatype === undefined) return value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw invalid({ field: place, problem: "must be an object" });
    }
    if (!fitsInto(MAX_DEPTH, value)) throw invalid({ field: place, problem: "must not be nested this deep" });
    // It is not looked into: class-transformer would stumble over a key such as `constructor`.
    const { metadata, ...fields } = value as { metadata?: unknown };
    const dto = plainToInstance(metatype, fields);
    if (metadata !== undefined) Object.assign(dto, { metadata });
    const errors = await validate(dto, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false });
    if (errors.length > 0) throw invalid(...problemsOf(errors, place));
    return dto;
  }
}

function problemsOf(errors: ValidationError[], parent: string): FieldProblem[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const field = `${parent}/${property.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const own = Object.values(constraints ?? {}).map((problem) => ({ field, problem }));
    return [...own, ...problemsOf(children ?? [], field)];
  });
}

/** Whether a value is nested no deeper than this: what reads it by recursion would run out of stack. */
function fitsInto(depth: number, value: unknown): boolean {
  if (value === null || typeof value !== "object") return true;
  return depth > 0 && Object.values(value).every((each) => fitsInto(depth - 1, each));
}
