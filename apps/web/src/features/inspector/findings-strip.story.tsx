import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { writeEnvelope } from "@rpcdeck/frames";
import { useState } from "react";
import type { CallSide, LegBytes, WireLeg } from "./types.ts";
import { WireDock } from "./wire-dock.tsx";

interface StoryProps {
  selected?: string;
  height?: number;
}

/** Two errors, one of them inside a phone, a warning and two notes. */
const faults = Uint8Array.from(
  [
    [0x0a, 3, 0x61, 0xff, 0x62],
    [0x10, 0x81, 0x00],
    [0x22, 5, 0x0a, 3, 0x31, 0xff, 0x32],
    [0x22, 4, 0x0a, 2, 0x31, 0x32],
    [0x08, 5],
    [0x38, 2],
  ].flat(),
);

function Dock({ bytes, selected: initial, height = 420 }: StoryProps & { bytes: LegBytes }) {
  const [selected, setSelected] = useState<string | undefined>(initial);
  const [side, setSide] = useState<CallSide>("request");
  const [legs] = useState<readonly WireLeg[]>([
    {
      id: "outbound",
      label: "gateway → backend",
      protocol: "gRPC, h2c",
      request: bytes,
      response: { kind: "absent", reason: "No answer yet" },
    },
  ]);
  return (
    <div style={{ blockSize: height }}>
      <WireDock
        legs={legs}
        requestType={PersonSchema}
        responseType={PersonSchema}
        registry={undefined}
        askProtoc={() => Promise.reject(new Error("the gateway cannot be reached"))}
        selected={selected}
        side={side}
        onSelect={setSelected}
        onSideChange={setSide}
        size="open"
        onSizeChange={() => undefined}
      />
    </div>
  );
}

const leg = (bytes: Uint8Array, framing: "none" | "grpc"): LegBytes => ({
  kind: "bytes",
  bytes,
  framing,
  codec: "proto",
  encoding: "",
  droppedBytes: 0,
  isComplete: true,
});

const few = leg(faults, "none");
/** 10,000 values that are longer than they need to be. */
const many = leg(
  new Uint8Array(30_000).map((_, at) => [0x10, 0x81, 0x00][at % 3] ?? 0),
  "none",
);
const framed = leg(writeEnvelope(0, faults), "grpc");
const clean = leg(Uint8Array.from([0x0a, 1, 0x61]), "none");

/** Findings of every severity, some of them deeper down. */
export function Faults(props: StoryProps) {
  return <Dock bytes={few} {...props} />;
}

/** More findings than are kept. */
export function Many(props: StoryProps) {
  return <Dock bytes={many} {...props} />;
}

/** The same behind the prefix of a frame. */
export function Framed(props: StoryProps) {
  return <Dock bytes={framed} {...props} />;
}

/** Nothing to find: no line. */
export function Clean(props: StoryProps) {
  return <Dock bytes={clean} {...props} />;
}
