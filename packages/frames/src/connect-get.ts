import { base64Encode } from "@bufbuild/protobuf/wire";
import { bytesFromBase64 } from "./base64.ts";

/** What the query of a Connect GET says. */
export interface ConnectGet {
  /** Codec: "proto", "json", ... */
  readonly codec: string;
  /** Compression of the message; "identity" for none. */
  readonly encoding: string;
  readonly message: Uint8Array;
}

/** A GET's query read, or what is wrong with it in words. Neither is a Connect GET: no `message` and no `encoding`. */
export type ConnectGetQuery =
  | { readonly kind: "get"; readonly get: ConnectGet; /** `connect=v1` was there. */ readonly versioned: boolean }
  | { readonly kind: "problem"; readonly message: string };

/** Parses a query string (without `?`). Percent escapes give bytes, so that a binary message may be written without base64. */
export function parseConnectGet(query: string): ConnectGetQuery {
  let codec: string | undefined;
  let encoding = "identity";
  let message: Uint8Array | undefined;
  let isBase64 = false;
  let version: string | undefined;
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const name = equals === -1 ? pair : pair.slice(0, equals);
    const value = equals === -1 ? "" : pair.slice(equals + 1);
    if (name === "message") message = percentDecode(value);
    else if (name === "encoding") codec = textOf(value);
    else if (name === "compression") encoding = textOf(value) || "identity";
    else if (name === "base64") isBase64 = value === "1";
    else if (name === "connect") version = textOf(value);
  }
  if (version !== undefined && version !== "v1") return { kind: "problem", message: `connect=${version} is not v1, the only version` };
  if (codec === undefined || codec === "") return { kind: "problem", message: "the query parameter encoding is missing" };
  if (message === undefined) return { kind: "problem", message: "the query parameter message is missing" };
  if (isBase64) {
    const bytes = bytesFromBase64(new TextDecoder().decode(message));
    if (bytes === undefined) return { kind: "problem", message: "the query parameter message is not base64" };
    message = bytes;
  }
  return { kind: "get", get: { codec, encoding, message }, versioned: version !== undefined };
}

/** The query string (without `?`) of a Connect GET: base64 for compressed and binary messages, percent escapes for JSON. */
export function buildConnectGet(get: ConnectGet): string {
  const plainText = get.codec === "json" && get.encoding === "identity";
  const message = plainText
    ? `message=${encodeURIComponent(new TextDecoder().decode(get.message))}`
    : `base64=1&message=${base64Encode(get.message, "url")}`;
  const compression = get.encoding === "identity" ? "" : `&compression=${encodeURIComponent(get.encoding)}`;
  return `connect=v1${compression}&encoding=${encodeURIComponent(get.codec)}&${message}`;
}

function textOf(value: string): string {
  return new TextDecoder().decode(percentDecode(value));
}

function percentDecode(text: string): Uint8Array {
  const source = new TextEncoder().encode(text);
  const bytes = new Uint8Array(source.length);
  let length = 0;
  for (let at = 0; at < source.length; at++) {
    const byte = source[at] as number;
    const high = byte === 0x25 ? hexDigit(source[at + 1]) : -1;
    const low = byte === 0x25 ? hexDigit(source[at + 2]) : -1;
    if (high >= 0 && low >= 0) {
      bytes[length++] = high * 16 + low;
      at += 2;
    } else bytes[length++] = byte === 0x2b ? 0x20 : byte;
  }
  return bytes.subarray(0, length);
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
