import { type Field, type Item, itemAt, type ItemType, type MessageValue, sameScalar, withItem, withoutField } from "@rpcdeck/schema";
import type { RefObject } from "react";

/** A control for one value that fits a line. */
export interface ValueControlProps {
  readonly type: ItemType;
  /** The field it belongs to, where it belongs to one. */
  readonly field?: Field | undefined;
  /** Undefined where the field is absent. */
  readonly item: Item | undefined;
  readonly path: string;
  /** Accessible name. */
  readonly label: string;
  readonly onItem: (item: Item) => void;
  /** Makes the field absent; without it there is always a value (list items, map values). */
  readonly onUnset?: (() => void) | undefined;
  /** True where absent and default are two things. */
  readonly isExplicit?: boolean;
  readonly placeholder?: string | undefined;
  readonly isRequired?: boolean;
  readonly describedBy?: string | undefined;
  readonly inputRef?: RefObject<HTMLInputElement | null> | undefined;
}

/** The fields of a small well-known message set to numbers; zeros are left out, as they are on the wire. */
export function withScalars(message: MessageValue, values: readonly (number | bigint)[]): MessageValue {
  let result = message;
  for (const [at, value] of values.entries()) {
    const field = message.desc.fields[at];
    if (field === undefined) continue;
    // What is there already keeps its bytes, a zero that was sent too.
    if (sameScalar(numberOf(itemAt(result, field.number)), value)) continue;
    const isZero = value === 0 || value === 0n;
    result = isZero ? withoutField(result, field) : withItem(result, field, value);
  }
  return result;
}

/** A number or bigint, 0 for all else. */
export function numberOf(item: Item | undefined): number | bigint {
  return typeof item === "number" || typeof item === "bigint" ? item : 0;
}
