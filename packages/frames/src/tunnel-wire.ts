import { varintBytes } from "./varint-bytes.ts";

/** Message types of the tunnel, as protos/rpcdeck/v1/tunnel.proto lists them. */
export const tunnelTypes = {
  start: 1,
  message: 2,
  halfClose: 3,
  cancel: 4,
  credit: 5,
  watch: 6,
  headersDown: 17,
  messageDown: 18,
  endDown: 19,
  creditDown: 20,
  traceDown: 21,
} as const;

/** One WebSocket message of the tunnel. `payload` is a view of its bytes. */
export interface TunnelMessage<Buffer extends ArrayBufferLike = ArrayBufferLike> {
  readonly call: number;
  readonly type: number;
  readonly payload: Uint8Array<Buffer>;
}

/** Largest call id: what five varint bytes can say and a number holds. */
const maxCallId = 0xffff_ffff;

/** A WebSocket message taken apart; undefined when it has no id and type. */
export function readTunnelMessage<Buffer extends ArrayBufferLike>(bytes: Uint8Array<Buffer>): TunnelMessage<Buffer> | undefined {
  let call = 0;
  let factor = 1;
  for (let at = 0; at < 5; at++) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    call += (byte & 0x7f) * factor;
    factor *= 128;
    if ((byte & 0x80) !== 0) continue;
    const type = bytes[at + 1];
    if (type === undefined || call > maxCallId) return undefined;
    return { call, type, payload: bytes.subarray(at + 2) as Uint8Array<Buffer> };
  }
  return undefined;
}

/** The bytes of a tunnel message; `flags` is the flag byte before a MSG's message. */
export function writeTunnelMessage(call: number, type: number, payload: Uint8Array, flags?: number): Uint8Array<ArrayBuffer> {
  const head = varintBytes(call);
  head.push(type);
  if (flags !== undefined) head.push(flags);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}
