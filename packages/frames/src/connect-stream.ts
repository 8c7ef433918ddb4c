import { connectErrorFrom, isRecord, parseConnectErrorValue, parseJson } from "./connect-error.ts";
import { envelopeFlags, writeEnvelope } from "./envelope.ts";
import type { Header } from "./header.ts";
import type { Outcome } from "./outcome.ts";

/** True for the flag byte of Connect's last message (0x02, or 0x03 where it is compressed). */
export function isConnectEndStream(flags: number): boolean {
  return (flags & envelopeFlags.connectEndStream) !== 0;
}

/** The last message of a Connect stream, enveloped: error, where there is one, and trailers as `metadata`. */
export function writeConnectEndStream(outcome: Outcome): Uint8Array<ArrayBuffer> {
  const metadata: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of outcome.trailers) (metadata[name] ??= []).push(value);
  const end = {
    ...(outcome.code === 0 ? {} : { error: connectErrorFrom(outcome) }),
    ...(outcome.trailers.length === 0 ? {} : { metadata }),
  };
  return writeEnvelope(envelopeFlags.connectEndStream, new TextEncoder().encode(JSON.stringify(end)));
}

/** The outcome that a (decompressed) end-stream message tells; undefined when it is not a JSON object. */
export function parseConnectEndStream(bytes: Uint8Array): Outcome | undefined {
  const end = parseJson(bytes);
  if (!isRecord(end)) return undefined;
  const trailers: Header[] = [];
  if (isRecord(end["metadata"])) {
    for (const [name, values] of Object.entries(end["metadata"])) {
      if (!Array.isArray(values)) continue;
      for (const value of values as unknown[]) if (typeof value === "string") trailers.push([name.toLowerCase(), value]);
    }
  }
  if (end["error"] === undefined || end["error"] === null) return { code: 0, message: "", details: [], headers: [], trailers };
  return { ...parseConnectErrorValue(end["error"], "unknown"), headers: [], trailers };
}
