import { applyDecorators } from "@nestjs/common";
import { Transform } from "class-transformer";
import { IsInt, IsString, Length, Matches, Max, Min, ValidateBy, ValidateIf } from "class-validator";

// The kinds of fields that clients may send, as the documents have them.

const WITHOUT_NUL = /^[^\0]*$/;

/** Absent, or as the other decorators say; @IsOptional() would let null pass, too. */
export const Optional = () => ValidateIf((_, value) => value !== undefined);

export const Text = (min: number, max: number, pattern = WITHOUT_NUL) =>
  applyDecorators(IsString(), Length(min, max), Matches(pattern));

export const ObjectId = () => applyDecorators(IsString(), Matches(/^[0-9a-f]{24}$/));

export const UserId = () => Text(1, 255);

export const Content = () => Text(1, 5000);

export const Whole = (min: number, max: number) => applyDecorators(IsInt(), Min(min), Max(max));

/** A whole number in a query, where everything is text. */
export const WholeInQuery = (min: number, max: number) =>
  applyDecorators(
    Transform(({ value }) => (/^-?\d{1,9}$/.test(String(value)) ? Number(value) : value)),
    Whole(min, max),
  );

/** Values that are handed on as they came. */
export const Metadata = () =>
  ValidateBy({
    name: "isMetadata",
    validator: {
      validate: (value) =>
        typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length <= 32,
      defaultMessage: () => "must be an object of at most 32 values",
    },
  });
