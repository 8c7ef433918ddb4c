import { describeFinding, type WireIndex } from "@rpcdeck/wire";
import { countOf } from "#lib/format.ts";

/** Whether bytes are what they are read as. */
export type Fit =
  | { readonly kind: "fits" }
  /** No protobuf message from some byte on. */
  | { readonly kind: "broken"; readonly reason: string }
  /** The message type is not the one that wrote these bytes, as far as can be told. */
  | { readonly kind: "other-type"; readonly fact: string; readonly reason: string };

/** Larger messages are not judged here: it takes a pass over every byte. */
const maxJudgedBytes = 8 * 1024 * 1024;

/** Judges a message once, as a whole: what is said of single fields stands beside them. */
export function fitOf(index: WireIndex): Fit {
  if (index.bytes.length > maxJudgedBytes || index.bytes.length === 0) return { kind: "fits" };
  const { type, root } = index;
  const { findings } = index.validation();
  const first = findings.find(({ severity }) => severity === "error");
  if (type === undefined) return first === undefined ? { kind: "fits" } : { kind: "broken", reason: sentence(describeFinding(first)) };

  const misread = findings.filter(({ code, severity }) => severity === "error" || code === "wire-type-mismatch");
  let unknown = 0;
  for (let at = 0; at < root.count; at++) if (index.record(root, at)?.field === undefined) unknown++;
  if (misread.length === 0 && unknown < root.count) return { kind: "fits" };
  const [one] = misread;
  return {
    kind: "other-type",
    fact: `${type.typeName} does not fit these bytes`,
    reason:
      one === undefined
        ? `none of the ${countOf(root.count, "field")} on the wire is one of its fields.`
        : `${countOf(misread.length, "place")} cannot be read as declared. First, ${describeFinding(one)}.`,
  };
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
