import { codeFromName, encodeRpcStatus, outcomeFromConnectError } from "@rpcdeck/frames";

/** The type whose bytes a Connect error is read into. */
export const connectErrorType = "google.rpc.Status";

/**
 * Reads the JSON of a Connect error, or the end of a Connect stream that holds one, as the bytes that gRPC sends for the same: a
 * google.rpc.Status with code, message and the details' own bytes (Connect, Error Codes). Undefined for every other text.
 */
export function readConnectError(text: string): Uint8Array | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // no JSON, so no Connect error
  }
  const error = fieldOf(value, "error") ?? value;
  const code = fieldOf(error, "code");
  if (typeof code !== "string" || codeFromName(code) === undefined) return undefined;
  return encodeRpcStatus(outcomeFromConnectError(new TextEncoder().encode(JSON.stringify(error)), "unknown"));
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}
