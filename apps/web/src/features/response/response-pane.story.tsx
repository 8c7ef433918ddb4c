import { create, createRegistry, toBinary } from "@bufbuild/protobuf";
import { outcomeOf, toBase64, type Outcome } from "@rpcdeck/frames";
import { BadRequestSchema } from "@rpcdeck/protocol/google/rpc/error_details_pb.ts";
import { GatewayFaultSchema } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { AddPersonResponseSchema, file_pb_address_book } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { useState } from "react";
import type { CallSnapshot } from "#data/call-state.ts";
import { createTraceReader } from "#data/trace-legs.ts";
import { hexOf } from "#lib/hex-of.ts";
import type { NearName } from "./error-view.tsx";
import { ResponsePane, type ResponseView } from "./response-pane.tsx";

const registry = createRegistry(file_pb_address_book);
const answer = toBinary(
  AddPersonResponseSchema,
  create(AddPersonResponseSchema, {
    person: { name: "lijiahao", id: 7, phones: [{ number: "15136588270" }, { number: "190019393" }] },
    created: true,
    servedBy: "addressbook-2",
  }),
);

function snapshotOf(outcome: Outcome, bytes: Uint8Array | undefined, cancelled = false): CallSnapshot {
  return {
    startedAt: 0,
    carrier: { kind: "fetch" },
    deadlineMs: 5000,
    state: { kind: "ended", since: 0, endedAt: 3.2, outcome, cancelled },
    codec: "proto",
    requestHeaders: [["content-type", "application/proto"]],
    responseHeaders: [["rpcdeck-instance", "embedded/addressbook-2"]],
    messages: bytes === undefined ? [] : [{ number: 1, direction: "received", at: 1, bytes, wireSize: bytes.length }],
    messageCount: bytes === undefined ? 0 : 1,
    droppedMessages: 0,
    sentCount: 1,
    receivedCount: bytes === undefined ? 0 : 1,
    sentBytes: 77,
    receivedBytes: bytes?.length ?? 0,
    paused: false,
    pausedSince: undefined,
    heldCount: 0,
    countOnly: false,
    instance: "embedded/addressbook-2",
    attempts: 1,
    trace: [],
    traceDone: true,
    traceProblem: undefined,
  };
}

const refused: Outcome = {
  ...outcomeOf("invalid_argument", "number: must be at least 10 characters"),
  details: [
    {
      typeUrl: "type.googleapis.com/google.rpc.BadRequest",
      bytes: toBinary(
        BadRequestSchema,
        create(BadRequestSchema, { fieldViolations: [{ field: "phones[1].number", description: "must be at least 10 characters" }] }),
      ),
    },
  ],
};

/** An Any of a type that nobody knows. */
const anyBytes = toBinary(KitchenSinkSchema, create(KitchenSinkSchema, { any: { typeUrl: "x/no.Such", value: Uint8Array.of(10, 1, 97) } }));

/** A fault of the gateway itself, as a watched call gets it. */
function faultOf(code: string, info: Record<string, string>): Outcome {
  const fault = create(GatewayFaultSchema, { code, hint: "Check the name.", info });
  return {
    ...outcomeOf("unimplemented", "nobody has that"),
    details: [{ typeUrl: "type.googleapis.com/rpcdeck.v1.GatewayFault", bytes: toBinary(GatewayFaultSchema, fault) }],
  };
}

/** Binary metadata: joined, padded or not, empty, long, and one that is no base64. */
const binary: CallSnapshot = {
  ...snapshotOf(
    {
      ...outcomeOf("ok"),
      trailers: [
        ["trace-bin", "AAEC/w"],
        ["note-bin", "aGVsbG8,Z3LDvG4=,,a!b"],
        ["blob-bin", toBase64(new Uint8Array(300).fill(7))],
        ["grpc-status-details-bin", "CAU"],
        ["x-cost", "7"],
      ],
    },
    answer,
  ),
};

const states = {
  binary,
  ok: snapshotOf({ ...outcomeOf("ok"), trailers: [["x-cost", "7"]] }, answer),
  empty: snapshotOf(outcomeOf("ok"), new Uint8Array()),
  refused: snapshotOf(refused, undefined),
  unknownService: snapshotOf(faultOf("unknown_service", { near: "pb.Greeter, pb.GreeterAdmin" }), undefined),
  unknownMethod: snapshotOf(faultOf("unknown_method", { near: "SayHello", methods: "SayHello, SayBye" }), undefined),
  cancelled: snapshotOf(outcomeOf("canceled", "cancelled here"), undefined, true),
  unsent: undefined,
  // Field 99 in the person, and 98 beside it.
  unknown: snapshotOf(outcomeOf("ok"), Uint8Array.of(10, 5, 16, 7, 184, 56, 1, 144, 6, 1)),
  any: snapshotOf(outcomeOf("ok"), anyBytes),
};

/** A response in each state it can be in. */
export function State(props: {
  state: keyof typeof states;
  selected?: string;
  onGoToField?: (path: string) => void;
  onSelect?: (path: string) => void;
  onNear?: (near: NearName) => void;
  onInspect?: (hex: string, typeName: string) => void;
}) {
  const [view, setView] = useState<ResponseView>("json");
  const [selected, setSelected] = useState(props.selected);
  return (
    <div style={{ display: "flex", inlineSize: 560, blockSize: 480, background: "var(--bg-panel)" }}>
      <ResponsePane
        snapshot={states[props.state]}
        legs={createTraceReader()([])}
        answerer={{ label: "addressbook-2", address: "127.0.0.1:50052" }}
        desc={props.state === "any" ? KitchenSinkSchema : AddPersonResponseSchema}
        registry={registry}
        view={view}
        onView={setView}
        selected={selected}
        echo={undefined}
        onSelect={(path) => {
          setSelected(path);
          props.onSelect?.(path);
        }}
        onCancel={() => {}}
        onGoToField={(path) => props.onGoToField?.(path)}
        onNear={(near) => props.onNear?.(near)}
        onInspect={(bytes, typeName) => props.onInspect?.(hexOf(bytes, ""), typeName)}
        saveAs="answer"
      />
    </div>
  );
}
