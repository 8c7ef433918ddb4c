import { create, toBinary, type DescMessage } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AddPersonResponseSchema, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { writeEnvelope } from "@rpcdeck/frames";
import { useState } from "react";
import type { CallSide, DockSize, LegBytes, WireLeg } from "./types.ts";
import { WireDock } from "./wire-dock.tsx";

const encoder = new TextEncoder();
const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
const len = (number: number, content: readonly number[]): number[] => [(number << 3) | 2, ...varint(content.length), ...content];
const text = (number: number, value: string): number[] => len(number, [...encoder.encode(value)]);

/** The mock's person, with the id of 0 that a canonical encoder leaves out: 77 bytes. */
const request = Uint8Array.from([
  ...text(1, "lijiahao"),
  0x10,
  0,
  ...len(4, [...text(1, "15136588270"), 0x10, 1]),
  ...len(4, [...text(1, "190019393"), 0x10, 2]),
  ...len(4, [...text(1, "17182920303"), 0x10, 1]),
  ...len(5, [0x08, ...varint(Date.UTC(2026, 10, 22, 5, 41, 8) / 1000), 0x10, ...varint(482_000_000)]),
  0x38,
  1,
]);
const response = toBinary(
  AddPersonResponseSchema,
  create(AddPersonResponseSchema, {
    person: create(PersonSchema, {
      name: "lijiahao",
      id: 7,
      phones: [{ number: "190019393", type: 1 }],
      lastUpdated: timestampFromMs(Date.UTC(2026, 10, 22, 5, 41, 8, 485)),
      labels: { team: "payments", floor: "3" },
    }),
    created: true,
    servedBy: "addressbook-2",
  }),
);

const whole = (bytes: Uint8Array, more: Partial<LegBytes & { kind: "bytes" }> = {}): LegBytes => ({
  kind: "bytes",
  bytes,
  framing: "none",
  codec: "proto",
  encoding: "",
  droppedBytes: 0,
  isComplete: true,
  ...more,
});

const legs: readonly WireLeg[] = [
  { id: "inbound", label: "browser → gateway", protocol: "Connect, proto", request: whole(request), response: whole(response) },
  {
    id: "outbound",
    label: "gateway → backend",
    protocol: "gRPC, h2c",
    request: whole(writeEnvelope(0, request), { framing: "grpc" }),
    response: whole(writeEnvelope(0, response), { framing: "grpc" }),
  },
];

interface StoryProps {
  onSelected?: (path: string) => void;
  onShown?: (path: string) => void;
  size?: DockSize;
  height?: number;
  selected?: string;
}

function Dock({
  shown,
  onSelected,
  onShown,
  size = "open",
  height = 306,
  selected: initial,
  schema = true,
  type = PersonSchema,
}: StoryProps & { shown: readonly WireLeg[]; schema?: boolean; type?: DescMessage }) {
  const [selected, setSelected] = useState<string | undefined>(initial);
  const [side, setSide] = useState<CallSide>("request");
  const [dockSize, setDockSize] = useState(size);
  return (
    <div style={{ blockSize: dockSize === "collapsed" ? 33 : dockSize === "expanded" ? 700 : height }}>
      <WireDock
        legs={shown}
        requestType={schema ? type : undefined}
        responseType={schema ? AddPersonResponseSchema : undefined}
        registry={undefined}
        askProtoc={() => Promise.reject(new Error("the gateway cannot be reached"))}
        selected={selected}
        side={side}
        onSelect={(path) => {
          setSelected(path);
          onSelected?.(path ?? "");
        }}
        onSideChange={setSide}
        onShowInForm={(path) => onShown?.(path)}
        size={dockSize}
        onSizeChange={setDockSize}
        onClose={() => onSelected?.("closed")}
      />
    </div>
  );
}

/** The dock of the mock: both legs of AddPerson. */
export function AddPerson(props: StoryProps) {
  return <Dock shown={legs} selected="phones[1].number" {...props} />;
}

/** Bytes while typing, before anything was sent. */
export function Draft(props: StoryProps) {
  return (
    <Dock
      shown={[{ id: "draft", label: "draft", protocol: "", request: whole(request), response: { kind: "absent", reason: "Not sent yet" } }]}
      {...props}
    />
  );
}

/** The same bytes without a schema. */
export function WithoutSchema(props: StoryProps) {
  return <Dock shown={legs} schema={false} {...props} />;
}

/** Unknown field, wrong wire type, overwritten value, and a length that runs past the end. */
export function Faults(props: StoryProps) {
  const bytes = Uint8Array.from([
    ...text(1, "old"),
    ...text(1, "new"),
    0x12,
    1,
    0x61,
    0x9a,
    0x06,
    2,
    8,
    7,
    ...len(4, [0x0a, 9, 0x31]),
    0x10,
    5,
    0x22,
    0xff,
    0x31,
    0x39,
  ]);
  const [draft] = useState<readonly WireLeg[]>([
    { id: "draft", label: "draft", protocol: "", request: whole(bytes), response: { kind: "absent", reason: "Not sent yet" } },
  ]);
  return <Dock shown={draft} {...props} />;
}

/** The beginning of a message, of which the rest was not kept. */
export function Cut(props: StoryProps) {
  const [shown] = useState<readonly WireLeg[]>([
    {
      id: "inbound",
      label: "browser → gateway",
      protocol: "Connect, proto",
      request: whole(request.subarray(0, 40), { droppedBytes: 37 }),
      response: { kind: "absent", reason: "No answer yet" },
    },
  ]);
  return <Dock shown={shown} {...props} />;
}

/** Several frames, a compressed one and the trailers of gRPC-Web. */
export function Frames(props: StoryProps) {
  const [compressed, setCompressed] = useState<Uint8Array | undefined>(undefined);
  if (compressed === undefined) {
    void new Response(new Blob([request]).stream().pipeThrough(new CompressionStream("gzip"))).bytes().then(setCompressed);
    return null;
  }
  return <FramesReady compressed={compressed} {...props} />;
}

function FramesReady({ compressed, ...props }: StoryProps & { compressed: Uint8Array }) {
  const [shown] = useState<readonly WireLeg[]>(() => {
    const frames = [
      writeEnvelope(0, request),
      writeEnvelope(1, compressed),
      writeEnvelope(0x80, encoder.encode("grpc-status: 0\r\nserved-by: addressbook-2\r\n")),
    ];
    const body = Uint8Array.from(frames.flatMap((frame) => [...frame]));
    return [
      {
        id: "inbound",
        label: "browser → gateway",
        protocol: "gRPC-Web, proto",
        request: whole(body, { framing: "grpc-web", encoding: "gzip" }),
        response: { kind: "absent", reason: "No answer yet" },
      },
    ];
  });
  return <Dock shown={shown} {...props} />;
}

/** A JSON body: bytes and text, no tree. */
export function Json(props: StoryProps) {
  const [shown] = useState<readonly WireLeg[]>([
    {
      id: "inbound",
      label: "browser → gateway",
      protocol: "Connect, JSON",
      request: whole(encoder.encode('{"name":"lijiahao","phones":[{"number":"190019393"}]}'), { codec: "json" }),
      response: { kind: "absent", reason: "Not sent yet" },
    },
  ]);
  return <Dock shown={shown} {...props} />;
}

/** A proto2 message of which most is unset, so that its declared defaults are read. */
export function Proto2(props: StoryProps) {
  const [shown] = useState<readonly WireLeg[]>([
    {
      id: "draft",
      label: "draft",
      protocol: "",
      request: whole(Uint8Array.from(text(1, "a"))),
      response: { kind: "absent", reason: "Not sent yet" },
    },
  ]);
  return <Dock shown={shown} type={KitchenSinkProto2Schema} {...props} />;
}
