import { bytesFromBase64, toBase64 } from "./base64.ts";
import type { Header } from "./header.ts";
import { headerValue } from "./header.ts";
import type { Outcome } from "./outcome.ts";
import { decodeRpcStatus, encodeRpcStatus } from "./rpc-status.ts";

/** Longest message in gRPC trailers, in bytes of UTF-8: a longer one would break the whole answer at the peer's limit for headers. */
export const maxGrpcMessageBytes = 4_096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** grpc-message from a message: bytes outside printable ASCII, and `%`, as %XX (gRPC over HTTP/2, Status-Message). */
export function encodeGrpcMessage(message: string): string {
  if (/^[\x20-\x24\x26-\x7e]*$/.test(message)) return message;
  let text = "";
  for (const byte of encoder.encode(message)) {
    text +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/** The message of a grpc-message. Broken escapes stay as they are: the text is only shown. */
export function decodeGrpcMessage(text: string): string {
  if (!text.includes("%")) return text;
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const hex = text[at] === "%" ? text.slice(at + 1, at + 3) : "";
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    } else for (const byte of encoder.encode(text[at] as string)) bytes.push(byte);
  }
  return decoder.decode(new Uint8Array(bytes));
}

/** True when these headers or trailers carry a gRPC status. */
export function hasGrpcStatus(trailers: readonly Header[]): boolean {
  return headerValue(trailers, "grpc-status") !== undefined;
}

/**
 * The outcome that gRPC trailers tell; undefined without a grpc-status. A status that is no known number is "unknown", with words that name it
 * where there is no message. `headers` become the outcome's (trailers-only answers). The status's own names are left out of the outcome's trailers.
 */
export function outcomeFromTrailers(trailers: readonly Header[], headers: readonly Header[] = []): Outcome | undefined {
  const status = headerValue(trailers, "grpc-status");
  if (status === undefined) return undefined;
  const isKnown = /^\d{1,2}$/.test(status) && Number(status) <= 16;
  const code = isKnown ? Number(status) : 2;
  const details = headerValue(trailers, "grpc-status-details-bin");
  const message = decodeGrpcMessage(headerValue(trailers, "grpc-message") ?? "");
  const rpcStatus = details === undefined ? undefined : decodeRpcStatus(bytesFromBase64(details) ?? new Uint8Array());
  return {
    code,
    message: message !== "" || code === 0 ? message : (rpcStatus?.message ?? (isKnown ? "" : unknownStatus(status))),
    details: rpcStatus?.details ?? [],
    headers,
    trailers: trailers.filter(([name]) => !isGrpcStatusName(name)),
  };
}

/** Longest status that is repeated in words, in characters. */
const shownStatus = 20;

function unknownStatus(status: string): string {
  return `grpc-status ${JSON.stringify(status.slice(0, shownStatus))} is none of gRPC's codes`;
}

/**
 * The trailers that tell an outcome: its own, then grpc-status, grpc-message and, where there are details, grpc-status-details-bin. A message
 * over {@link maxGrpcMessageBytes} is cut there and ends in words that say so.
 */
export function trailersFromOutcome(outcome: Outcome): Header[] {
  const trailers: Header[] = outcome.trailers.filter(([name]) => !isGrpcStatusName(name));
  const message = shortened(outcome.message);
  trailers.push(["grpc-status", String(outcome.code)]);
  if (message !== "") trailers.push(["grpc-message", encodeGrpcMessage(message)]);
  if (outcome.details.length > 0) trailers.push(["grpc-status-details-bin", toBase64(encodeRpcStatus({ ...outcome, message }))]);
  return trailers;
}

function shortened(message: string): string {
  // No character takes more than three bytes for each of its units of UTF-16.
  if (message.length * 3 <= maxGrpcMessageBytes) return message;
  const { length } = encoder.encode(message);
  if (length <= maxGrpcMessageBytes) return message;
  const mark = ` ... (cut here: ${length} bytes, the limit is ${maxGrpcMessageBytes})`;
  const { read } = encoder.encodeInto(message, new Uint8Array(maxGrpcMessageBytes - mark.length));
  return message.slice(0, read) + mark;
}

/** The three names that carry the status. */
export function isGrpcStatusName(name: string): boolean {
  return name === "grpc-status" || name === "grpc-message" || name === "grpc-status-details-bin";
}
