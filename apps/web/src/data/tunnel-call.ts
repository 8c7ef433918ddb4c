import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Frame, type Header, type Outcome, tunnelTypes } from "@rpcdeck/frames";
import { TunnelCreditSchema, TunnelEndSchema, TunnelHeadersSchema, TunnelStartSchema } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";

/** Credit of each direction when a call starts, in bytes of MSG payloads (decision 11). */
export const tunnelCreditBytes = 1024 * 1024;
/** Credit is given back in pieces of at least this, so that small messages do not each cause one. */
const creditPieceBytes = 256 * 1024;

/** What a call says at its start. */
export interface TunnelCallOptions {
  /** /package.Service/Method */
  readonly path: string;
  /** In order, duplicates kept; rpcdeck-* headers work as over HTTP. */
  readonly metadata: readonly Header[];
  /** Time left in milliseconds; undefined for no deadline. */
  readonly timeoutMs: number | undefined;
  /** "proto", "json" or another gRPC content subtype. */
  readonly codec: string;
  /** Compression of sent messages that carry the flag: "" or a name. */
  readonly encoding: string;
  /** Compressions that the listener can read. */
  readonly acceptEncodings: readonly string[];
}

/** What a call reports: `onHeaders` at most once, then messages, then `onEnd` exactly once. */
export interface TunnelCallListener {
  onHeaders(headers: readonly Header[], encoding: string): void;
  onMessage(frame: Frame): void;
  /** Not called after `cancel`. */
  onEnd(outcome: Outcome): void;
}

/** A call in the tunnel. */
export interface TunnelCall {
  /** Sends a message, or keeps it until the gateway gives credit. Ignored after `halfClose` and after the end. */
  send(frame: Frame): void;
  /** No more messages from this side; goes out behind those that wait for credit. */
  halfClose(): void;
  /** Ends the call here and at the gateway. Nothing is reported any more. */
  cancel(): void;
  /** Gives credit back for received bytes that have been dealt with: a message counts one more than its size. */
  grant(bytes: number): void;
  /** Bytes of messages that wait for credit. */
  readonly waitingBytes: number;
}

/** The call as the tunnel sees it. */
export interface TunnelCallEnd extends TunnelCall {
  readonly start: Uint8Array;
  /** Reads a message of the gateway for this call and answers what to do about it. Throws on a control message that is no protobuf. */
  read(type: number, payload: Uint8Array<ArrayBuffer>): () => void;
  /** The socket is gone. */
  breakOff(outcome: Outcome): void;
}

/** How a call sends: the tunnel adds its id. */
export interface TunnelLine {
  send(type: number, payload: Uint8Array, flags?: number): void;
  /** The call is over. */
  forget(): void;
}

const nothing = new Uint8Array();

/** A call over `line`. The tunnel sends `start` for it. */
export function createTunnelCall(options: TunnelCallOptions, listener: TunnelCallListener, line: TunnelLine): TunnelCallEnd {
  let over = false;
  let credit = tunnelCreditBytes;
  let waiting: Frame[] = [];
  let waitingBytes = 0;
  let halfClosed: "no" | "waiting" | "told" = "no";
  let owed = 0;

  const flush = () => {
    let sent = 0;
    for (const frame of waiting) {
      if (credit <= 0) break;
      credit -= frame.bytes.length + 1;
      waitingBytes -= frame.bytes.length;
      line.send(tunnelTypes.message, frame.bytes, frame.compressed ? 1 : 0);
      sent += 1;
    }
    if (sent > 0) waiting = waiting.slice(sent);
    if (halfClosed === "waiting" && waiting.length === 0) {
      halfClosed = "told";
      line.send(tunnelTypes.halfClose, nothing);
    }
  };

  const finish = () => {
    over = true;
    waiting = [];
    waitingBytes = 0;
    line.forget();
  };

  return {
    start: toBinary(
      TunnelStartSchema,
      create(TunnelStartSchema, {
        path: options.path,
        metadata: options.metadata.map(([name, value]) => ({ name, value })),
        codec: options.codec,
        encoding: options.encoding,
        acceptEncodings: [...options.acceptEncodings],
        ...(options.timeoutMs === undefined ? {} : { timeoutMs: Math.max(0, Math.floor(options.timeoutMs)) }),
      }),
    ),
    get waitingBytes() {
      return waitingBytes;
    },
    send(frame) {
      if (over || halfClosed !== "no") return;
      waiting.push(frame);
      waitingBytes += frame.bytes.length;
      flush();
    },
    halfClose() {
      if (over || halfClosed !== "no") return;
      halfClosed = "waiting";
      flush();
    },
    cancel() {
      if (over) return;
      line.send(tunnelTypes.cancel, nothing);
      finish();
    },
    grant(bytes) {
      if (over) return;
      owed += bytes;
      if (owed < creditPieceBytes) return;
      line.send(tunnelTypes.credit, toBinary(TunnelCreditSchema, create(TunnelCreditSchema, { bytes: BigInt(owed) })));
      owed = 0;
    },
    read(type, payload) {
      if (over) return ignore;
      switch (type) {
        case tunnelTypes.headersDown: {
          const { headers, encoding } = fromBinary(TunnelHeadersSchema, payload);
          return () => {
            listener.onHeaders(headersFrom(headers), encoding);
          };
        }
        case tunnelTypes.messageDown:
          return () => {
            listener.onMessage({ compressed: ((payload[0] ?? 0) & 1) === 1, bytes: payload.subarray(1) });
          };
        case tunnelTypes.creditDown: {
          const { bytes } = fromBinary(TunnelCreditSchema, payload);
          return () => {
            credit += Number(bytes);
            flush();
          };
        }
        case tunnelTypes.endDown: {
          const end = fromBinary(TunnelEndSchema, payload);
          return () => {
            finish();
            listener.onEnd({
              code: end.code,
              message: end.message,
              details: end.details.map((detail) => ({ typeUrl: detail.typeUrl, bytes: detail.value })),
              headers: [],
              trailers: headersFrom(end.trailers),
            });
          };
        }
        default:
          return ignore; // a newer gateway may say more than this page knows
      }
    },
    breakOff(outcome) {
      if (over) return;
      finish();
      listener.onEnd(outcome);
    },
  };
}

function ignore(): void {}

function headersFrom(headers: readonly { readonly name: string; readonly value: string }[]): Header[] {
  return headers.map(({ name, value }) => [name, value]);
}
