import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { decodeDocument, type DecodeProblem } from "@rpcdeck/schema";
import type { Draft } from "./draft.ts";

/** What reads a message. */
export interface MessageSchema {
  readonly desc: DescMessage;
  readonly registry: Registry | undefined;
}

/** Where the bytes stop being a message of the schema; undefined where they do not. */
export function messageBreak({ desc, registry }: MessageSchema, message: Uint8Array): DecodeProblem | undefined {
  return decodeDocument(desc, registry, message).problems.find((problem) => problem.isBreak === true);
}

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
