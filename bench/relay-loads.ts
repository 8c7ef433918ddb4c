import { streamedMessages, type CallForm, type CallKind } from "./call-request.ts";
import type { Shape } from "./load.ts";

/** One table of the relay's benchmark. */
export interface RelayLoad {
  readonly name: string;
  readonly form: CallForm;
  readonly kind: CallKind;
  readonly shape: Shape;
}

/** A bound of our cost as a share of a peer's. A gate must hold, an aim is only printed. */
export interface Bound {
  readonly kind: "gate" | "aim";
  readonly peer: string;
  readonly limit: number;
}

const streamed = `server streams of ${streamedMessages} messages`;

/** The shapes are fixed by decision 0031; streams have the first one. */
export const relayLoads: readonly RelayLoad[] = [
  {
    name: "gRPC to gRPC, 8 connections x 8 streams",
    form: "grpc",
    kind: "unary",
    shape: { connections: 8, streams: 8, calls: 10_000 },
  },
  {
    name: "gRPC to gRPC, 4 connections x 16 streams",
    form: "grpc",
    kind: "unary",
    shape: { connections: 4, streams: 16, calls: 10_000 },
  },
  {
    name: "Connect JSON over HTTP/1.1 to gRPC, 32 connections",
    form: "connect-json",
    kind: "unary",
    shape: { connections: 32, streams: 1, calls: 15_000 },
  },
  {
    name: "gRPC-Web over HTTP/1.1 to gRPC, 32 connections",
    form: "grpc-web",
    kind: "unary",
    shape: { connections: 32, streams: 1, calls: 15_000 },
  },
  {
    name: `gRPC to gRPC, ${streamed}, 8 connections x 8 streams`,
    form: "grpc",
    kind: "stream",
    shape: { connections: 8, streams: 8, calls: 1024 },
  },
  {
    name: `gRPC-Web over HTTP/1.1 to gRPC, ${streamed}, 32 connections`,
    form: "grpc-web",
    kind: "stream",
    shape: { connections: 32, streams: 1, calls: 512 },
  },
  {
    name: `Connect JSON over HTTP/1.1 to gRPC, ${streamed}, 32 connections`,
    form: "connect-json",
    kind: "stream",
    shape: { connections: 32, streams: 1, calls: 512 },
  },
];

/** What we hold ourselves to (decision 0031), a call and a streamed message alike; gRPC-Web like Connect JSON. */
export const relayBounds: Readonly<Record<CallForm, readonly Bound[]>> = {
  grpc: [
    { kind: "gate", peer: "bare pump", limit: 1.25 },
    { kind: "gate", peer: "vanguard-go", limit: 1 },
    { kind: "gate", peer: "naive", limit: 0.2 },
    { kind: "aim", peer: "nginx", limit: 1 },
    { kind: "aim", peer: "vanguard-go", limit: 0.5 },
  ],
  "grpc-web": translated(),
  "connect-json": translated(),
};

function translated(): readonly Bound[] {
  return [
    { kind: "gate", peer: "vanguard-go", limit: 0.9 },
    { kind: "gate", peer: "naive", limit: 0.25 },
    { kind: "aim", peer: "vanguard-go", limit: 0.7 },
  ];
}
