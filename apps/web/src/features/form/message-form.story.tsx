import { create, createFileRegistry, createRegistry, type DescMessage } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { file_pb_address_book, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { file_rpcdeck_demo_v1_kitchen_sink, KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import {
  file_rpcdeck_demo_v1_kitchen_sink_proto2,
  KitchenSinkProto2Schema,
} from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import {
  file_rpcdeck_demo_v1_kitchen_sink_editions,
  KitchenSinkEditionsSchema,
} from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_editions_pb.ts";
import { BookingSchema, file_rpcdeck_demo_v1_booking } from "@rpcdeck/protocol/rpcdeck/demo/v1/booking_pb.ts";
import { encodeDocument, parseJson, printJson } from "@rpcdeck/schema";
import { type CSSProperties, useMemo, useState } from "react";
import { useRuleCheck, useRules } from "#data/rules.ts";
import { hexOf } from "#lib/hex-of.ts";
import type { FormProblem } from "./form-store.ts";
import { MessageForm } from "./message-form.tsx";

const registry = createRegistry(
  file_pb_address_book,
  file_rpcdeck_demo_v1_kitchen_sink,
  file_rpcdeck_demo_v1_kitchen_sink_proto2,
  file_rpcdeck_demo_v1_kitchen_sink_editions,
  file_rpcdeck_demo_v1_booking,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
);

interface StoryProps {
  /** The document as JSON. */
  json?: string;
  /** The document as hex; wins over `json`. */
  hex?: string;
  selectedPath?: string;
  violation?: { path: string; message: string };
  onJson?: (json: string) => void;
  onHex?: (hex: string) => void;
  onProblems?: (problems: readonly FormProblem[]) => void;
  onSelectPath?: (path: string) => void;
  onInspect?: (path: string) => void;
}

const frame: CSSProperties = {
  display: "flex",
  flexDirection: "column",
  inlineSize: "min(560px, 100vw)",
  blockSize: "calc(100dvh - 20px)",
  background: "var(--bg-panel)",
};

function Story({ desc, json = "", hex, selectedPath, violation, ...rest }: StoryProps & { desc: DescMessage }) {
  const [message, setMessage] = useState(() => {
    if (hex !== undefined) return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const parsed = parseJson(desc, registry, json);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return encodeDocument(parsed.message);
  });
  const [path, setPath] = useState<string>();
  const rules = useRules(registry);
  const checked = useRuleCheck(rules, { desc, registry }, message);
  const violations = useMemo(
    () => [
      ...(violation === undefined ? [] : [violation]),
      ...(checked?.kind === "checked"
        ? checked.violations.map(({ path: at, message: said, rule }) => ({ path: at, message: `${said} (${rule})` }))
        : []),
    ],
    [violation, checked],
  );
  return (
    <div style={frame}>
      <MessageForm
        desc={desc}
        registry={registry}
        message={message}
        onChange={(next) => {
          setMessage(next);
          rest.onJson?.(printJson(desc, registry, next).text);
          rest.onHex?.(hexOf(next, ""));
        }}
        selectedPath={path ?? selectedPath}
        onSelectPath={(next) => {
          setPath(next);
          rest.onSelectPath?.(next);
        }}
        onProblems={rest.onProblems}
        onInspect={rest.onInspect}
        violations={violations}
        rules={rules}
      />
    </div>
  );
}

const mockPerson = `{
  "name": "lijiahao",
  "phones": [{"number": "15136588270"}, {"number": "190019393", "type": "HOME"}, {"number": "17182920303", "type": "WORK"}],
  "lastUpdated": "2026-11-22T05:41:08.482Z", "smsOptin": true, "labels": {"team": "payments"}, "accountNumber": "18446744073709551615"
}`;

/** The message of the mock. */
export function Person(props: StoryProps) {
  return (
    <Story
      desc={PersonSchema}
      json={mockPerson}
      selectedPath="phones[1].number"
      violation={{ path: "phones[1].number", message: "9 characters, rule string.min_len is 10. You can still send it." }}
      {...props}
    />
  );
}

/** Every kind of field, all absent unless `json` says otherwise. */
export function KitchenSink(props: StoryProps) {
  return <Story desc={KitchenSinkSchema} {...props} />;
}

/** Required fields, defaults, a group, a closed enum, extensions. */
export function Proto2(props: StoryProps) {
  return <Story desc={KitchenSinkProto2Schema} {...props} />;
}

/** Presence field by field, a delimited message, an expanded list. */
export function Editions(props: StoryProps) {
  return <Story desc={KitchenSinkEditionsSchema} {...props} />;
}

const wide = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: "wide.proto",
    syntax: "proto3",
    messageType: [
      {
        name: "Wide",
        field: Array.from({ length: 400 }, (_, at) => ({
          name: `column_${at + 1}`,
          number: at + 1,
          label: FieldDescriptorProto_Label.OPTIONAL,
          type: FieldDescriptorProto_Type.STRING,
        })),
      },
    ],
  }),
  () => undefined,
).getMessage("Wide");

/** A message of four hundred fields. */
export function Wide(props: StoryProps) {
  return wide === undefined ? <p>no schema</p> : <Story desc={wide} {...props} />;
}

/** Every kind of field with a value. */
export function Full(props: StoryProps) {
  return (
    <Story
      desc={KitchenSinkSchema}
      json={`{"doubleValue": 1.5, "int64Value": "9007199254740993", "boolValue": true, "bytesValue": "AAEC/w==", "flavour": 77, "nested": {"label": "a", "child": {"label": "b"}},
        "optionalInt32": 0, "optionalString": "set", "packedInt32": [1, 2, 3], "flavours": ["FLAVOUR_SWEET"], "stringMap": {"a": "b"}, "nestedMap": {"7": {"label": "seven"}},
        "choiceNested": {"label": "arm"}, "timestamp": "2026-11-22T05:41:08.482Z", "duration": "90s", "fieldMask": "name,lastUpdated", "struct": {"a": [1, null]}, "value": "x",
        "any": {"@type": "type.googleapis.com/pb.Person", "name": "Ada"}, "stringWrapper": "", "int64Wrapper": "5", "old": "gone"}`}
      {...props}
    />
  );
}

/** Rules, some of them broken. */
export function Booking(props: StoryProps) {
  return (
    <Story
      desc={BookingSchema}
      json={`{"code": "k7", "email": "ada@example.com", "guests": [{"name": "A", "age": 36}, {"name": "Grace"}], "area": "AREA_STALLS", "firstRow": 5, "lastRow": 2, "notes": {"Big": "x"}}`}
      {...props}
    />
  );
}

/** A list of many items. */
export function Long(props: StoryProps & { count?: number }) {
  const phones = Array.from({ length: props.count ?? 5000 }, (_, at) => ({ number: `+1 555 ${at}`, type: "HOME" }));
  return <Story desc={PersonSchema} json={JSON.stringify({ name: "many", phones })} {...props} />;
}

/** A form that is closed and opened again, as when another view of the same message was shown. */
export function Reopened(props: StoryProps) {
  const [message, setMessage] = useState<Uint8Array>(() => new Uint8Array());
  const [isOpen, setOpen] = useState(true);
  return (
    <div style={frame}>
      <button
        type="button"
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        switch
      </button>
      {isOpen && (
        <MessageForm desc={KitchenSinkSchema} registry={registry} message={message} onChange={setMessage} onProblems={props.onProblems} />
      )}
    </div>
  );
}
