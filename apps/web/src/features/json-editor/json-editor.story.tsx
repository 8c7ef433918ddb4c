import { create, createRegistry, toBinary } from "@bufbuild/protobuf";
import { file_pb_address_book, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { BookingSchema, file_rpcdeck_demo_v1_booking } from "@rpcdeck/protocol/rpcdeck/demo/v1/booking_pb.ts";
import { file_rpcdeck_demo_v1_kitchen_sink, KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { useState } from "react";
import { useRuleCheck, useRules } from "#data/rules.ts";
import { hexOf } from "#lib/hex-of.ts";
import { JsonEditor } from "./json-editor.tsx";

const registry = createRegistry(file_pb_address_book, file_rpcdeck_demo_v1_kitchen_sink);
const booking = createRegistry(file_rpcdeck_demo_v1_booking);

interface StoryProps {
  hex?: string;
  jsonText?: string;
  type?: "Person" | "KitchenSink";
  selectedPath?: string;
  onHex?: (hex: string) => void;
  onText?: (text: string | null) => void;
  onProblems?: (lines: readonly string[]) => void;
  onSelectPath?: (path: string) => void;
}

/** A person to edit. */
export function Person({ hex = "", jsonText, type = "Person", selectedPath, ...rest }: StoryProps) {
  const [message, setMessage] = useState<Uint8Array>(() => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
  const [typed, setTyped] = useState(jsonText);
  const { onProblems } = rest;
  const [report] = useState(
    () => (problems: readonly { line: number; column: number; message: string }[]) =>
      onProblems?.(problems.map((problem) => `${problem.line}:${problem.column} ${problem.message}`)),
  );
  return (
    <div style={{ display: "flex", inlineSize: 560, blockSize: 480, background: "var(--bg-panel)" }}>
      <JsonEditor
        desc={type === "Person" ? PersonSchema : KitchenSinkSchema}
        registry={registry}
        message={message}
        jsonText={typed}
        selectedPath={selectedPath}
        onSelectPath={rest.onSelectPath}
        onProblems={report}
        onChange={(change) => {
          setMessage(change.message);
          setTyped(change.jsonText);
          rest.onHex?.(hexOf(change.message, ""));
          rest.onText?.(change.jsonText ?? null);
        }}
      />
    </div>
  );
}

/** Two mistakes, marked. */
export function Faulty() {
  return <Person jsonText={'{\n  "name": "Ada",\n  "id": "x",\n  "phone": []\n}'} />;
}

/** The selected field is washed. */
export function Selected() {
  return <Person hex="0a0361646122040a02343222050a013110013207666f6f2e636f6d" selectedPath="phones[1].type" />;
}

/** Two broken rules, marked as warnings. */
export function Booking() {
  const rules = useRules(booking);
  const [message, setMessage] = useState<Uint8Array>(() =>
    toBinary(BookingSchema, create(BookingSchema, { code: "k7", guests: [{ name: "A" }] })),
  );
  const checked = useRuleCheck(rules, { desc: BookingSchema, registry: booking }, message);
  return (
    <div style={{ display: "flex", inlineSize: 560, blockSize: 480, background: "var(--bg-panel)" }}>
      <JsonEditor
        desc={BookingSchema}
        registry={booking}
        message={message}
        jsonText={undefined}
        onChange={(change) => {
          setMessage(change.message);
        }}
        violations={checked?.kind === "checked" ? checked.violations : undefined}
        rules={rules}
      />
    </div>
  );
}
