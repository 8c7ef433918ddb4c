import { envelopePrefix, envelopePrefixLength } from "@rpcdeck/frames";
import type { CallTrace } from "../call/trace.ts";
import type { Exchange } from "./exchange.ts";

/** Up to this size a message is copied behind its prefix: one small copy is cheaper than two writes. */
const copyUpToBytes = 8 * 1024;

/** Writes one enveloped message and records it. False when the exchange is full. */
export function writeEnvelopeTo(exchange: Exchange, flags: number, bytes: Uint8Array, trace: CallTrace | undefined): boolean {
  if (bytes.length <= copyUpToBytes) {
    const envelope = envelopeOf(flags, bytes);
    trace?.data("inbound", "response", envelope);
    return exchange.write(envelope);
  }
  const prefix = envelopePrefix(flags, bytes.length);
  trace?.data("inbound", "response", prefix);
  trace?.data("inbound", "response", bytes);
  exchange.write(prefix);
  return exchange.write(bytes);
}

/** Prefix and message in one buffer from node's pool. */
export function envelopeOf(flags: number, bytes: Uint8Array): Buffer {
  const envelope = Buffer.allocUnsafe(envelopePrefixLength + bytes.length);
  envelope[0] = flags;
  envelope.writeUInt32BE(bytes.length, 1);
  envelope.set(bytes, envelopePrefixLength);
  return envelope;
}
