import type { Frame } from "@rpcdeck/frames";

/**
 * Turns the frames of one call between the caller's codec and the backend's (tier 2). Made per call, because it knows the method.
 * Frames are given one at a time and the order is kept by the relay: the next frame of a direction waits for the promise of the one
 * before. A frame that cannot be turned is a thrown (or rejected) `GatewayError`, never an empty message.
 */
export interface Transcoder {
  /** Codec of the backend side, such as "proto". */
  readonly codec: string;
  /** Frames that come out are never compressed. */
  readonly encoding: "identity";
  /** A request frame, in the caller's codec and compressed by `call.encoding`. */
  toBackend(frame: Frame): Frame | Promise<Frame>;
  /** A response frame, in the backend's codec; `encoding` is what the backend's headers named for compressed frames. */
  toCaller(frame: Frame, encoding: string): Frame | Promise<Frame>;
}
