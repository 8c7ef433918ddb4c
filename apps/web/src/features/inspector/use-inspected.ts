import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { parse, type ReadAs, type WireIndex } from "@rpcdeck/wire";
import { useEffect, useMemo, useState } from "react";
import { bytesText } from "#lib/format.ts";
import type { ByteRange } from "#ui/hex-grid.tsx";
import { inflate, type Inflated } from "./inflate.ts";
import { checkOf, type MessageCheck } from "./message-check.ts";
import { isEncoded, splitBody, type Body } from "./split-body.ts";
import type { BodyFrame, LegBytes } from "./types.ts";
import { maxReadAtOnceBytes, useLargeMessage } from "./use-large-message.ts";

/** What the dock looks at: one frame of one direction of one leg. */
export type Inspected =
  | { readonly kind: "absent"; readonly reason: string }
  | { readonly kind: "waiting"; readonly note: string }
  | {
      readonly kind: "bytes";
      /** The bytes of the grid. */
      readonly hex: Uint8Array;
      /** Where the message begins in `hex`. */
      readonly base: number;
      /** Undefined for what is not protobuf (JSON, trailers, messages that stay compressed), while a large message is indexed, and where it cannot be. */
      readonly index: WireIndex | undefined;
      /** Indexes the same message with readings that the user has chosen, by field path; undefined without an index. */
      readonly readAgain: ((readAs: ReadonlyMap<string, ReadAs>) => WireIndex) | undefined;
      /** What is known of the message as a whole; undefined for what is not protobuf. */
      readonly check: MessageCheck | undefined;
      /** Why there is no tree, in a sentence. */
      readonly treeProblem: string | undefined;
      /** Shown beside the bytes in place of a tree. */
      readonly text: { readonly title: string; readonly body: string } | undefined;
      readonly frame: BodyFrame | undefined;
      /** Where the message comes from, or what is shown in its place; undefined for bytes that were not compressed or cannot be undone. */
      readonly packed: PackedBytes | undefined;
      readonly note: string;
      readonly problem: string | undefined;
    };

/** The compressed bytes of a message, as offsets of the frame as it was sent. */
export interface PackedBytes extends ByteRange {
  readonly encoding: string;
  /** "frame 2", or "the body" where there is no other. */
  readonly where: string;
}

interface Options {
  readonly leg: LegBytes;
  /** Which frame; clamped. */
  readonly frameAt: number;
  /** The compressed bytes themselves instead of what is in them. */
  readonly showsCompressed: boolean;
  readonly type: DescMessage | undefined;
  readonly registry: Registry | undefined;
  readonly decompress: ((bytes: Uint8Array, encoding: string) => Promise<Uint8Array>) | undefined;
}

/** The frame that is looked at, decompressed and parsed. */
export function useInspected({ leg, frameAt, showsCompressed, type, registry, decompress }: Options): {
  inspected: Inspected;
  body: Body | undefined;
} {
  const body = useMemo(() => (leg.kind === "bytes" ? splitBody(leg) : undefined), [leg]);
  const frame = body?.frames[Math.max(0, Math.min(frameAt, body.frames.length - 1))];
  const encoding = leg.kind === "bytes" ? leg.encoding : "";
  const wanted = frame?.isCompressed === true && isEncoded(encoding) && !showsCompressed ? frame : undefined;
  const inflated = useInflated(body?.bytes, wanted, encoding, decompress);

  const shown = useMemo(() => {
    if (body === undefined || frame === undefined || leg.kind !== "bytes") return undefined;
    const raw = body.bytes.subarray(frame.start, frame.end);
    if (inflated.kind === "ready") return { hex: inflated.bytes, base: 0, isPlain: true };
    return { hex: raw, base: frame.messageStart - frame.start, isPlain: !frame.isCompressed };
  }, [body, frame, inflated, leg.kind]);

  const isProto = leg.kind === "bytes" && leg.codec === "proto" && frame?.kind === "message";
  const message = useMemo(() => (shown?.isPlain === true && isProto ? shown.hex.subarray(shown.base) : undefined), [shown, isProto]);
  const origin = shown?.base ?? 0;
  const isLarge = message !== undefined && message.length > maxReadAtOnceBytes;
  const large = useLargeMessage(isLarge ? message : undefined, { type, registry, origin });
  const small = useMemo(() => {
    if (message === undefined || isLarge) return undefined;
    const options = { origin, ...(registry !== undefined && { registry }) };
    const index = parse(message, type, options);
    const readAgain = (readAs: ReadonlyMap<string, ReadAs>): WireIndex => parse(message, type, { ...options, readAs });
    return { index, readAgain, check: checkOf(index), treeProblem: undefined };
  }, [message, isLarge, type, registry, origin]);
  const read = small ?? large;

  const inspected = useMemo((): Inspected => {
    if (leg.kind === "absent") return { kind: "absent", reason: leg.reason };
    const note = noteOf(leg, body, frame, frameAt, inflated.kind === "ready" ? inflated.bytes.length : undefined);
    if (inflated.kind === "waiting") return { kind: "waiting", note };
    const problem =
      inflated.kind === "failed" ? inflated.reason : ((inflated.kind === "ready" ? inflated.problem : undefined) ?? body?.problem);
    if (shown === undefined || body === undefined) {
      const rest = body?.bytes ?? new Uint8Array();
      return rest.length === 0 && problem === undefined
        ? { kind: "absent", reason: leg.isComplete ? "No message on this leg" : "No message yet" }
        : { kind: "bytes", hex: rest, base: 0, ...nothingRead, text: undefined, frame: undefined, packed: undefined, note, problem };
    }
    const text =
      message === undefined && shown.isPlain ? { title: titleOf(frame?.kind), body: textOf(shown.hex.subarray(shown.base)) } : undefined;
    const canBeUndone = inflated.kind === "ready" || (showsCompressed && isEncoded(leg.encoding));
    const packed = frame?.isCompressed === true && canBeUndone ? packedOf(leg, body, frame) : undefined;
    return { kind: "bytes", hex: shown.hex, base: shown.base, ...(read ?? nothingRead), text, frame, packed, note, problem };
  }, [leg, body, frame, frameAt, showsCompressed, inflated, shown, message, read]);

  return { inspected, body };
}

const nothingRead = { index: undefined, readAgain: undefined, check: undefined, treeProblem: undefined };

function packedOf({ encoding }: LegBytes & { kind: "bytes" }, { frames }: Body, frame: BodyFrame): PackedBytes {
  const where = frames.length > 1 ? `frame ${(frames.indexOf(frame) + 1).toLocaleString("en")}` : "the body";
  return { start: frame.messageStart - frame.start, end: frame.end - frame.start, encoding, where };
}

type Inflating =
  | { readonly kind: "none" }
  | { readonly kind: "waiting" }
  | (Inflated & { readonly kind: "ready" })
  | { readonly kind: "failed"; readonly reason: string };

const none: Inflating = { kind: "none" };
const waiting: Inflating = { kind: "waiting" };

function useInflated(
  bytes: Uint8Array | undefined,
  frame: BodyFrame | undefined,
  encoding: string,
  decompress: Options["decompress"],
): Inflating {
  const [done, setDone] = useState<{ of: BodyFrame; result: Inflating } | undefined>(undefined);
  // What was undone once is there when the user comes back from the bytes as sent.
  const isDone = frame !== undefined && done?.of === frame;
  useEffect(() => {
    if (bytes === undefined || frame === undefined || isDone) return;
    let isCurrent = true;
    const finish = (result: Inflating): void => {
      if (isCurrent) setDone({ of: frame, result });
    };
    const message = bytes.subarray(frame.messageStart, frame.end);
    const isNative = /^(gzip|deflate)$/i.test(encoding);
    const whole = async (work: Promise<Uint8Array>): Promise<Inflated> => ({ bytes: await work, problem: undefined });
    const work = isNative || decompress === undefined ? inflate(message, encoding) : whole(decompress(message, encoding));
    work.then(
      (plain) => {
        finish({ kind: "ready", ...plain });
      },
      (error: unknown) => {
        finish({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [bytes, frame, encoding, decompress, isDone]);
  if (frame === undefined) return none;
  return done?.of === frame ? done.result : waiting;
}

function noteOf(
  leg: LegBytes & { kind: "bytes" },
  body: Body | undefined,
  frame: BodyFrame | undefined,
  frameAt: number,
  plainSize: number | undefined,
): string {
  const parts: string[] = [];
  const packed = frame?.isCompressed === true ? ` ${isEncoded(leg.encoding) ? leg.encoding : "compressed"}` : "";
  if (leg.framing === "none") parts.push(`body ${bytesText(leg.bytes.length)}${packed}, no envelope`);
  else if (frame !== undefined && body !== undefined) {
    const count = body.frames.length;
    if (count > 1) parts.push(`frame ${Math.min(frameAt, count - 1) + 1} of ${count}`);
    parts.push(
      `prefix ${frame.messageStart - frame.start} B, ${frame.kind === "message" ? "message" : frame.kind === "trailers" ? "trailers" : "end of stream"} ${bytesText(frame.end - frame.messageStart)}${packed}`,
    );
  }
  if (plainSize !== undefined) parts.push(`${bytesText(plainSize)} inside`);
  if (body !== undefined && body.leftoverStart < body.bytes.length)
    parts.push(`${bytesText(body.bytes.length - body.leftoverStart)} after the last frame`);
  if (leg.droppedBytes > 0) parts.push(`${bytesText(leg.droppedBytes)} not kept`);
  if (!leg.isComplete) parts.push("more may come");
  return parts.join(" · ");
}

function titleOf(kind: BodyFrame["kind"] | undefined): string {
  return kind === "trailers" ? "Trailers" : kind === "end-stream" ? "End of stream" : "JSON";
}

/** Longest text shown beside the bytes, in bytes. */
const maxTextBytes = 256 * 1024;

function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, maxTextBytes));
  return bytes.length > maxTextBytes ? `${text}\n… ${bytesText(bytes.length - maxTextBytes)} more` : text;
}
