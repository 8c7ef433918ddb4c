import type { Header, MethodKind, Outcome } from "@rpcdeck/frames";
import type { Instance } from "../catalog/instance.ts";

/** A call of our own to an instance, as protobuf messages in both directions. */
export interface Duplex {
  /** Queued until the connection is there; false when the far end takes no more for now. Ignored after the end. */
  send(message: Uint8Array): boolean;
  /** Half-closes. */
  end(): void;
  /** Cancels; `outcome` is then canceled. */
  cancel(): void;
  /** Messages as they come, decompressed. Ends with the call, whatever the outcome: look at `outcome`. Iterate once. */
  readonly messages: AsyncIterable<Uint8Array>;
  /** Never rejects: faults of the way are outcomes too, with the address and the cause in their message. */
  readonly outcome: Promise<Outcome>;
}

/** How a duplex is opened. */
export interface DuplexOptions {
  /** What a Connect instance must know. Default "bidi". */
  readonly kind?: MethodKind;
  /** When it must have ended, on the `performance.now()` clock; without it the call may last for ever. */
  readonly deadlineMs?: number | undefined;
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
}

/** Opens a call of our own over the instance's protocol. Never throws. Injected where schemas and catalog need to reach backends. */
export type OpenDuplex = (instance: Instance, path: string, metadata: readonly Header[], options?: DuplexOptions) => Duplex;
