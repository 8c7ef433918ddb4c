/** Frame types of HTTP/2 (RFC 9113, section 6). */
export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Frame flags; `ack` and `endStream` are the same bit of different frames. */
export const frameFlags = { ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Identifiers of SETTINGS (RFC 9113, section 6.5.2). */
export const settingIds = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** Error codes (RFC 9113, section 7). */
export const errorCodes = {
  noError: 0,
  protocolError: 1,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;

const errorNames: readonly string[] = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

/** The name of an error code, or `code N`. */
export function errorName(code: number): string {
  return errorNames[code] ?? `code ${code}`;
}

/** Bytes of a frame's header. */
export const frameHeaderBytes = 9;
/** Largest frame that either side may send until SETTINGS say more; we never say more. */
export const defaultFrameBytes = 16_384;
/** Window of a connection, and of a stream until SETTINGS say otherwise, in bytes. */
export const defaultWindowBytes = 65_535;
/** No window may grow beyond this. */
export const maxWindowBytes = 2 ** 31 - 1;

/** What a client says first. */
export const clientPreface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** A breach of HTTP/2 that ends the connection. The message is one line without the address. */
export class Http2Fault extends Error {
  override readonly name = "Http2Fault";
  /** One of {@link errorCodes}. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
