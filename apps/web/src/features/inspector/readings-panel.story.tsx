import type { DescMessage } from "@bufbuild/protobuf";
import { fieldPathOf, parse, type ReadAs } from "@rpcdeck/wire";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { useMemo, useState } from "react";
import { ReadingsPanel } from "./readings-panel.tsx";

interface StoryProps {
  path?: string;
  /** Reading that was chosen before. */
  chosen?: ReadAs;
}

function Panel(props: { bytes: Uint8Array; type: DescMessage | undefined; path: string; chosen: ReadAs | undefined }) {
  const { bytes, type, path } = props;
  const [readAs, setReadAs] = useState(props.chosen);
  const index = useMemo(() => {
    const declared = parse(bytes, type);
    const record = declared.find(path);
    return readAs === undefined || record === undefined
      ? declared
      : parse(bytes, type, { readAs: new Map([[fieldPathOf(record), readAs]]) });
  }, [bytes, type, path, readAs]);
  const record = index.find(path);
  return (
    <div style={{ display: "flex", flexDirection: "column", blockSize: 700, containerType: "inline-size" }}>
      {record !== undefined && <ReadingsPanel index={index} record={record} channel={1} onReadAs={setReadAs} />}
    </div>
  );
}

/** `name: "hi"`, an id of 0 and a phone. */
const person = Uint8Array.from([0x0a, 2, 0x68, 0x69, 0x10, 0, 0x22, 4, 0x0a, 2, 0x31, 0x39]);
/** The required text and a group of width 3; the fields with defaults are not there. */
const proto2 = Uint8Array.from([0x0a, 1, 0x61, 0x20, 1, 0x2b, 0x30, 3, 0x2c]);

/** A field read as the schema declares it. */
export function Declared({ path = "name", chosen }: StoryProps) {
  return <Panel bytes={person} type={PersonSchema} path={path} chosen={chosen} />;
}

/** The user reads the text as a message: the choice is on top and can be taken back. */
export function Overridden({ path = "name", chosen = "message" }: StoryProps) {
  return <Panel bytes={person} type={PersonSchema} path={path} chosen={chosen} />;
}

/** The same without a schema, read as bytes instead of what was guessed. */
export function GuessOverridden({ path = "#1", chosen = "bytes" }: StoryProps) {
  return <Panel bytes={person} type={undefined} path={path} chosen={chosen} />;
}

/** Presence and defaults of proto2. */
export function Proto2({ path = "required_text", chosen }: StoryProps) {
  return <Panel bytes={proto2} type={KitchenSinkProto2Schema} path={path} chosen={chosen} />;
}
