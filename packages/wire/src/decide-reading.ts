import type { WireField } from "./message-table.ts";
import { isScalarReading, type ReadAs } from "./read-as.ts";
import type { WireIndex, WireRecord } from "./wire-index.ts";

/** What a value is read as, and who decided it. */
export type Decision =
  | { readonly by: "user"; readonly as: ReadAs }
  | { readonly by: "schema"; readonly field: WireField }
  | { readonly by: "guess"; readonly as: ReadAs | "group" };

/** How the value of a record is read: the user's choice, else the declared field, else the guess. */
export function decideReading(index: WireIndex, record: WireRecord): Decision {
  const as = index.choice(record);
  if (as !== undefined) return { by: "user", as };
  const { level, wireType, field } = record;
  // A run that is read with a type of the user's: its elements have a field that no schema declares.
  if (level.kind === "packed" && field !== undefined && field !== level.parent?.field && isScalarReading(field.type))
    return { by: "user", as: field.type };
  if (field !== undefined) return { by: "schema", field };
  if (level.kind === "stream") return { by: "guess", as: "message" };
  switch (wireType) {
    case 1:
      return { by: "guess", as: "fixed64" };
    case 5:
      return { by: "guess", as: "fixed32" };
    case 2:
      return { by: "guess", as: index.guess(record)?.chosen ?? "bytes" };
    case 3:
      return { by: "guess", as: "group" };
    default:
      return { by: "guess", as: "uint64" };
  }
}
