import { describeFinding, type WireIndex } from "@rpcdeck/wire";
import { countOf } from "#lib/format.ts";
import { unknownCount, verdictOf, type MessageCheck } from "./message-check.ts";

/** Whether bytes are what they are read as. */
export type Fit =
  | { readonly kind: "fits" }
  /** No protobuf message from some byte on. */
  | { readonly kind: "broken"; readonly reason: string }
  /** The message type is not the one that wrote these bytes, as far as can be told. */
  | { readonly kind: "other-type"; readonly fact: string; readonly reason: string };

/**
 * Judges a message once, as a whole: what is said of single fields stands beside them. Undefined until the verdict is there. `base` is where
 * the message begins in the bytes that are shown: offsets count from their start.
 */
export function fitOf(index: WireIndex, check: MessageCheck, base: number): Fit | undefined {
  if (index.bytes.length === 0) return { kind: "fits" };
  const { type, root } = index;
  const findings = verdictOf(check)?.findings;
  if (findings === undefined) return undefined;
  const first = findings.find(({ severity }) => severity === "error");
  if (type === undefined)
    return first === undefined ? { kind: "fits" } : { kind: "broken", reason: sentence(describeFinding(first, base)) };

  const misread = findings.filter(({ code, severity }) => severity === "error" || code === "wire-type-mismatch");
  if (misread.length === 0 && unknownCount(index) < root.count) return { kind: "fits" };
  const [one] = misread;
  return {
    kind: "other-type",
    fact: `${type.typeName} does not fit these bytes`,
    reason:
      one === undefined
        ? `none of the ${countOf(root.count, "field")} on the wire is one of its fields.`
        : `${countOf(misread.length, "place")} cannot be read as declared. First, ${describeFinding(one, base)}.`,
  };
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
