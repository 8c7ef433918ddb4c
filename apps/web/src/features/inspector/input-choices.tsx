import { ComboBox } from "#ui/combo-box.tsx";
import { Select, type Option } from "#ui/select.tsx";
import type { InspectInput, ReadAs } from "./inspect-input.ts";
import type { ReadSource } from "./read-source.ts";
import type { BodyFraming } from "./types.ts";
import type { KnownTypes } from "./use-known-types.ts";
import s from "./inspect-bytes.module.css";

const formats: Record<ReadAs, string> = {
  hex: "hex",
  "hex-dump": "hex dump",
  escapes: "C or octal escapes",
  base64: "base64",
  protoscope: "Protoscope",
  "connect-get": "Connect GET",
  "connect-error": "Connect error",
  "text-format": "text format",
  text: "the text itself",
};

const framings: Record<BodyFraming, string> = {
  none: "not framed",
  grpc: "gRPC",
  "grpc-web": "gRPC-Web",
  "grpc-web-text": "gRPC-Web text",
  "connect-stream": "Connect stream",
  delimited: "varint-delimited",
};

type Codec = "proto" | "json";

const codecs: Record<Codec, string> = { proto: "protobuf", json: "JSON" };

const encodings = ["", "gzip", "deflate", "br", "zstd"];

/** How the input is read: notation, framing, compression and message type. What is recognised says so, and can be overridden. */
export function InputChoices(props: {
  input: InspectInput;
  read: ReadSource;
  framing: { found: BodyFraming; used: BodyFraming };
  encoding: { found: string; used: string };
  codec: { found: Codec; used: Codec };
  types: KnownTypes;
  /** Full name of the type that the bytes are read as, chosen or found; "" for none. */
  typeName: string;
  isTypeKnown: boolean;
  onChange: (input: InspectInput) => void;
}) {
  const { input, read, framing, encoding, codec, types, onChange } = props;
  const [recognised] = read.choices;
  return (
    <div className={s.choices}>
      {read.readAs !== undefined && (
        <Select<ReadAs>
          label="Read the text as"
          icon="edit"
          className={s.choice}
          options={read.choices.map((id) => option(id, formats[id], id === recognised))}
          selected={read.readAs}
          onSelect={(readAs) => {
            onChange({ ...input, readAs });
          }}
        />
      )}
      {read.bytes.length > 0 && (
        <Select<BodyFraming>
          label="Framing"
          icon="compare"
          className={s.choice}
          options={Object.entries(framings).map(([id, label]) => option(id as BodyFraming, label, id === framing.found))}
          selected={framing.used}
          onSelect={(next) => {
            onChange({ ...input, framing: next });
          }}
        />
      )}
      {(encoding.used !== "" || framing.used !== "none") && (
        <Select
          label="Compression"
          icon="collapse"
          className={s.choice}
          options={encodings.map((id) => option(id, id === "" ? "no compression" : id, id === encoding.found))}
          selected={encoding.used}
          onSelect={(next) => {
            onChange({ ...input, encoding: next });
          }}
        />
      )}
      {(codec.used === "json" || codec.found === "json") && (
        <Select<Codec>
          label="Codec"
          icon="code"
          className={s.choice}
          options={Object.entries(codecs).map(([id, label]) => option(id as Codec, label, id === codec.found))}
          selected={codec.used}
          onSelect={(next) => {
            onChange({ ...input, codec: next });
          }}
        />
      )}
      <ComboBox
        label="Message type"
        icon="schemas"
        className={s.type}
        placeholder="no message type"
        find={types.find}
        selected={props.typeName === "" ? undefined : props.typeName}
        onSelect={(typeName) => {
          onChange({ ...input, typeName: typeName ?? "" });
        }}
        empty="No message type of this name in any known schema"
      />
      {props.typeName !== "" && !props.isTypeKnown && (
        <span className={s.quiet} role="status">
          not in a known schema
        </span>
      )}
    </div>
  );
}

function option<Id extends string>(id: Id, label: string, isFound: boolean): Option<Id> {
  return { id, label, ...(isFound ? { note: "recognised" } : {}) };
}
