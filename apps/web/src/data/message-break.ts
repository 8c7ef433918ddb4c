import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { decodeDocument, type DecodeProblem } from "@rpcdeck/schema";
import type { Draft } from "./draft.ts";

/** What reads a message. */
export interface MessageSchema {
  readonly desc: DescMessage;
  readonly registry: Registry | undefined;
}

/** Where the bytes stop being a message of the schema; undefined where they do not. Read once for the same bytes and schema. */
export function messageBreak(schema: MessageSchema, message: Uint8Array): DecodeProblem | undefined {
  const known = found.get(message);
  if (known !== undefined && known.desc === schema.desc && known.registry === schema.registry) return known.problem;
  const { desc, registry } = schema;
  const problem = decodeDocument(desc, registry, message).problems.find((each) => each.isBreak === true);
  found.set(message, { desc, registry, problem });
  return problem;
}

const found = new WeakMap<Uint8Array, MessageSchema & { readonly problem: DecodeProblem | undefined }>();

/**
 * The change that puts other bytes into a draft: bytes that break the message keep the last one that could be read beside them. An empty one is
 * not worth keeping, and what can be read of the bytes says more.
 */
export function bytesChange(
  draft: Pick<Draft, "message" | "lastGood">,
  message: Uint8Array,
  schema: MessageSchema | undefined,
): Pick<Draft, "message" | "jsonText" | "lastGood"> {
  if (schema === undefined || messageBreak(schema, message) === undefined) return { message, jsonText: undefined, lastGood: undefined };
  if (draft.lastGood !== undefined) return { message, jsonText: undefined, lastGood: draft.lastGood };
  const isGood = draft.message.length > 0 && messageBreak(schema, draft.message) === undefined;
  return { message, jsonText: undefined, lastGood: isGood ? draft.message : undefined };
}
