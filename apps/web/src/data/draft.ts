/** How the browser leg is spoken. "grpc" means gRPC-framed messages in the tunnel (decision 3). */
export type BrowserProtocol = "connect" | "grpc-web" | "grpc";

/** Message encoding of the browser leg. */
export type BrowserCodec = "proto" | "json";

/** Compressions of a request that can be chosen; "" is none. What a browser cannot write itself goes over the tunnel (decision 2). */
export const messageEncodings = ["", "gzip", "br", "zstd"] as const;

/** How the messages of a request are compressed. */
export type MessageEncoding = (typeof messageEncodings)[number];

/** Which editor of the request is shown. */
export type RequestView = "form" | "json" | "bytes" | "metadata" | "options";

/** One metadata entry as typed. Disabled ones are kept and not sent. */
export interface MetadataEntry {
  readonly name: string;
  readonly value: string;
  readonly enabled: boolean;
}

/** Everything the user has typed for one call: one tab. Persisted in IndexedDB. Immutable; `drafts.update` makes the next one. */
export interface Draft {
  /** Random, in the URL. */
  readonly id: string;
  /** Full service name. */
  readonly service: string;
  readonly method: string;
  /** Pinned instance id, or a typed target's URL; undefined lets the policy choose. */
  readonly target: string | undefined;
  /** Schema of a typed or uploaded target; undefined takes the catalog's for the service. */
  readonly schemaId: string | undefined;
  readonly protocol: BrowserProtocol;
  readonly codec: BrowserCodec;
  /** The document (invariant: bytes are the document). Form, JSON and bytes editors are views of it. */
  readonly message: Uint8Array;
  /** JSON text as typed while it differs from what `message` prints: invalid text, comments of order and spacing. Undefined otherwise. */
  readonly jsonText: string | undefined;
  /** The last message that could be read, while the bytes are none: what the form shows. Undefined while they are one. */
  readonly lastGood: Uint8Array | undefined;
  readonly metadata: readonly MetadataEntry[];
  /** Milliseconds; undefined sends none. Counts only where `deadlineChosen`: see `deadlineOf`. */
  readonly deadlineMs: number | undefined;
  /** The user said so. Otherwise unary calls get the page's deadline, streams none (decision 8). */
  readonly deadlineChosen: boolean;
  readonly encoding: MessageEncoding;
  /** Routing policy names (decision 7); undefined leaves the gateway's default. */
  readonly select: string | undefined;
  readonly fail: string | undefined;
  /** Milliseconds after which a second instance is asked too (`rpcdeck-hedge`), at most `maxHedgeMs`; undefined asks one. */
  readonly hedgeMs: number | undefined;
  /** Send by Connect GET where the method has no side effects. */
  readonly useGet: boolean;
}

/** Longest time of `rpcdeck-hedge` that the gateway takes, in milliseconds. */
export const maxHedgeMs = 60_000;

/** What a draft says of its call, without the message. */
export type DraftHead = Omit<Draft, "message" | "jsonText" | "lastGood">;

/** The deadline the page fills in for unary calls, in milliseconds. */
export const defaultUnaryDeadlineMs = 15_000;

/** The deadline a draft is sent with, in milliseconds; undefined for none. */
export function deadlineOf(draft: Pick<Draft, "deadlineMs" | "deadlineChosen">, isStream: boolean): number | undefined {
  if (draft.deadlineChosen) return draft.deadlineMs;
  return isStream ? undefined : defaultUnaryDeadlineMs;
}
