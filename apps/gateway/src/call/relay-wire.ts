import { createEnvelopeCounter, envelopePrefixLength, type Frame, type Header, type Outcome } from "@rpcdeck/frames";
import { outcomeFromFault } from "../errors/to-outcome.ts";
import type { Call, OutboundLeg, RawInbound } from "./call.ts";

/** What goes through a relay: frames (tiers 1 and 2) or body bytes as they come (tier 0). */
export interface RelayWire<Unit> {
  readonly isRaw: boolean;
  listen(listener: { onUnit(unit: Unit): void; onEnd(): void; onCancel(outcome: Outcome): void }): void;
  respond(headers: readonly Header[], encoding: string): void;
  /** False: full. */
  writeCall(unit: Unit): boolean;
  writeLeg(leg: OutboundLeg, unit: Unit): boolean;
  /** Takes over the response bytes of a leg that was just opened, where they do not come as frames. */
  bindLeg(leg: OutboundLeg, onUnit: (unit: Unit) => void): void;
  sizeOf(unit: Unit): number;
  transcode(unit: Unit, step: (frame: Frame) => Frame | Promise<Frame>): Unit | Promise<Unit>;
  /** Counts on; an outcome when a message is too large. */
  countRequest(unit: Unit): Outcome | undefined;
  countResponse(unit: Unit): Outcome | undefined;
  requestMessages(): number;
  /** True between two request messages. */
  requestAtBoundary(): boolean;
  responseMessages(): number;
  /** Of the messages counted so far, without their envelopes. */
  requestBytes(): number;
  responseBytes(): number;
  /** Asked at a good end: an outcome when it came in the middle of a message. */
  responseCut(): Outcome | undefined;
}

/** Frames. Both codecs have checked their sizes already. */
export function frameWire(call: Call): RelayWire<Frame> {
  let requests = 0;
  let responses = 0;
  let requestBytes = 0;
  let responseBytes = 0;
  return {
    isRaw: false,
    listen(listener) {
      call.listen({
        onFrame: (frame) => listener.onUnit(frame),
        onEnd: () => listener.onEnd(),
        onCancel: (outcome) => listener.onCancel(outcome),
      });
    },
    respond(headers, encoding) {
      call.respond(headers, encoding);
    },
    writeCall: (frame) => call.write(frame),
    writeLeg: (leg, frame) => leg.write(frame),
    bindLeg: () => undefined,
    sizeOf: (frame) => frame.bytes.length,
    transcode: (frame, step) => step(frame),
    countRequest(frame) {
      requests++;
      requestBytes += frame.bytes.length;
      return undefined;
    },
    countResponse(frame) {
      responses++;
      responseBytes += frame.bytes.length;
      return undefined;
    },
    requestMessages: () => requests,
    requestAtBoundary: () => true,
    responseMessages: () => responses,
    requestBytes: () => requestBytes,
    responseBytes: () => responseBytes,
    responseCut: () => undefined,
  };
}

/** Body bytes of two gRPC legs, handed on untouched; messages are counted and limited by their prefix. */
export function rawWire(raw: RawInbound, maxMessageBytes: number): RelayWire<Uint8Array> {
  const requests = createEnvelopeCounter(maxMessageBytes);
  const responses = createEnvelopeCounter(maxMessageBytes);
  let requestBytes = 0;
  let responseBytes = 0;
  const tooLarge = (size: number | undefined): Outcome | undefined =>
    size === undefined
      ? undefined
      : outcomeFromFault(
          "message_too_large",
          `message of ${size} bytes is larger than the limit of ${maxMessageBytes} bytes (--max-message)`,
        );
  return {
    isRaw: true,
    listen(listener) {
      raw.listen({
        onData: (bytes) => listener.onUnit(bytes),
        onEnd: () => listener.onEnd(),
        onCancel: (outcome) => listener.onCancel(outcome),
      });
    },
    respond(headers, encoding) {
      raw.respond(headers, encoding);
    },
    writeCall: (bytes) => raw.write(bytes),
    writeLeg: (leg, bytes) => leg.raw?.write(bytes) ?? true,
    bindLeg(leg, onUnit) {
      leg.raw?.listen(onUnit);
    },
    sizeOf: (bytes) => bytes.length,
    transcode: (bytes) => bytes,
    countRequest(bytes) {
      requestBytes += bytes.length;
      return tooLarge(requests.push(bytes));
    },
    countResponse(bytes) {
      responseBytes += bytes.length;
      return tooLarge(responses.push(bytes));
    },
    requestMessages: () => requests.messages,
    requestAtBoundary: () => requests.atBoundary,
    responseMessages: () => responses.messages,
    requestBytes: () => requestBytes - envelopePrefixLength * requests.messages,
    responseBytes: () => responseBytes - envelopePrefixLength * responses.messages,
    responseCut: () =>
      responses.atBoundary ? undefined : outcomeFromFault("backend_malformed", "the backend ended in the middle of a message"),
  };
}
