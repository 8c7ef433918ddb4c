import type { DescMessage, Registry } from "@bufbuild/protobuf";
import type { AskProtoc } from "./use-protoc-answer.ts";

/** How messages are cut out of a body. "none": the body is one message. "delimited": each message behind its length as a varint (writeDelimitedTo). */
export type BodyFraming = "none" | "grpc" | "grpc-web" | "grpc-web-text" | "connect-stream" | "delimited";

/** One message, or the end, of a body. Offsets count from the start of the body, for grpc-web-text of what its base64 stands for. */
export interface BodyFrame {
  readonly kind: "message" | "trailers" | "end-stream";
  readonly start: number;
  readonly end: number;
  /** First byte after the prefix. */
  readonly messageStart: number;
  /** The frame's flag byte; undefined without an envelope. */
  readonly flags: number | undefined;
  readonly isCompressed: boolean;
}

/** Which message of a call. */
export type CallSide = "request" | "response";

/** One direction of one leg, as bytes. */
export type LegBytes =
  | {
      readonly kind: "bytes";
      /** The raw body as it went over the wire: prefixes, compression and base64 still in place. */
      readonly bytes: Uint8Array;
      readonly framing: BodyFraming;
      readonly codec: "proto" | "json";
      /**
       * What compressed messages are compressed with: grpc-encoding, connect-content-encoding, or for framing "none" the body's
       * content-encoding. "" and "identity" mean none.
       */
      readonly encoding: string;
      /** Bytes that were seen and not kept; they are missing at the end. */
      readonly droppedBytes: number;
      /** False while more may come. */
      readonly isComplete: boolean;
    }
  | {
      readonly kind: "absent";
      /** One line why there are no bytes: "Not sent yet", "No body: trailers only". */
      readonly reason: string;
    };

/** One leg of a call: a tab of the dock. */
export interface WireLeg {
  /** "draft" is the document before it is sent: its request is the draft's message, its response absent. */
  readonly id: "draft" | "inbound" | "outbound";
  /** "browser → gateway". */
  readonly label: string;
  /** Quiet note after the label: "Connect, proto", "gRPC, h2c". */
  readonly protocol: string;
  readonly request: LegBytes;
  readonly response: LegBytes;
}

/** How much room the dock takes. It always fills its container; "collapsed" draws its head only, 33 px high; "whole" has the screen for itself and nothing to fold. */
export type DockSize = "open" | "expanded" | "collapsed" | "whole";

/** Props of {@link WireDock}. The dock fills its container and draws no grip: the composer owns the splitter above it. */
export interface WireDockProps {
  /** In the order of the tabs; at least one. Keep the identity of a `LegBytes` while its bytes are the same: parsing is keyed by it. */
  readonly legs: readonly WireLeg[];
  /** Undefined reads the bytes without a schema. */
  readonly requestType: DescMessage | undefined;
  readonly responseType: DescMessage | undefined;
  /** Resolves Any and extensions. */
  readonly registry: Registry | undefined;
  /** Field path in the notation of packages/wire (`phones[1].number`), shared with form and URL; undefined selects nothing. */
  readonly selected: string | undefined;
  /** The message that `selected` belongs to, and which the Request/Response switch shows. */
  readonly side: CallSide;
  /** The user chose a field in hex or tree (undefined: none). */
  readonly onSelect: (path: string | undefined) => void;
  readonly onSideChange: (side: CallSide) => void;
  /** Enter on a byte or row: the composer moves the focus to that field of the form. */
  readonly onShowInForm?: (path: string) => void;
  /** Opens the message on the "Inspect bytes" screen, with the full name of its type ("" for none) and the selected field. Absent draws no button. */
  readonly onInspect?: (bytes: Uint8Array, typeName: string, path: string | undefined) => void;
  /** Undoes br and zstd, which the browser cannot. Absent, such messages are shown compressed. */
  readonly decompress?: (bytes: Uint8Array, encoding: string) => Promise<Uint8Array>;
  /** Has protoc read a message, for the other readers. */
  readonly askProtoc: AskProtoc;
  readonly size: DockSize;
  readonly onSizeChange: (size: DockSize) => void;
  /** Absent draws no close button. */
  readonly onClose?: () => void;
}
