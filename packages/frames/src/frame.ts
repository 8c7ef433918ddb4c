/**
 * One message of a call as it is on the wire, without its prefix. End-of-stream and trailer frames are never a Frame: they become the
 * {@link Outcome}. `compressed` says that `bytes` are in the encoding that the headers of this direction name.
 */
export interface Frame {
  readonly compressed: boolean;
  readonly bytes: Uint8Array;
}

/** The four shapes of a method. */
export type MethodKind = "unary" | "server-stream" | "client-stream" | "bidi";
