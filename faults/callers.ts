// Those who call through the gateway: stock connect-es clients, one per inbound protocol. Deadlines are sent as headers and not enforced
// here, so that the status seen is the gateway's.
import http from "node:http";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import type { CallKind } from "./backend.ts";

/** Inbound protocol: gRPC and Connect in proto leave the bytes alone, JSON makes the gateway read them (tier 2, where the leg is proto). */
export const callerNames = ["grpc", "connect", "connect-json"] as const;
/** See {@link callerNames}. */
export type CallerName = (typeof callerNames)[number];

/** One call to make. */
export interface CallOrder {
  readonly kind: CallKind;
  /** Where the gateway sends it: a URL for `rpcdeck-target`. */
  readonly target: string;
  /** Name of the call, the same in every attempt of the gateway. */
  readonly id: string;
  readonly deadlineMs: number;
}

/** How a call went. */
export interface CallResult {
  readonly id: string;
  /** "ok", a code's name such as "unavailable", or "no answer" when nothing came long after the deadline. */
  readonly status: string;
  readonly message: string;
  readonly elapsedMs: number;
  /** Messages that came. */
  readonly messages: number;
}

/** All callers of one gateway. */
export interface Callers {
  call(name: CallerName, order: CallOrder): Promise<CallResult>;
  /** Ends their connections. */
  close(): void;
}

/** An answer that is this late will not come, in milliseconds after the deadline. */
const patienceMs = 10_000;
const maxAnswerBytes = 16 * 1024 * 1024;

/** Callers with connections of their own. */
export function createCallers(gatewayUrl: string): Callers {
  const agent = new http.Agent({ keepAlive: true });
  const session = new Http2SessionManager(gatewayUrl);
  const h1 = { baseUrl: gatewayUrl, httpVersion: "1.1" as const, nodeOptions: { agent }, readMaxBytes: maxAnswerBytes };
  const transports: Readonly<Record<CallerName, Transport>> = {
    grpc: createGrpcTransport({ baseUrl: gatewayUrl, sessionManager: session, readMaxBytes: maxAnswerBytes }),
    connect: createConnectTransport({ ...h1, useBinaryFormat: true }),
    "connect-json": createConnectTransport({ ...h1, useBinaryFormat: false }),
  };
  return {
    call: (name, order) => run(transports[name], name, order),
    close() {
      agent.destroy();
      session.abort();
    },
  };
}

async function run(transport: Transport, name: CallerName, { kind, target, id, deadlineMs }: CallOrder): Promise<CallResult> {
  const startedMs = performance.now();
  const giveUp = AbortSignal.timeout(deadlineMs + patienceMs);
  const options = {
    signal: giveUp,
    headers: {
      "rpcdeck-target": target,
      "x-call-id": id,
      ...(name === "grpc" ? { "grpc-timeout": `${deadlineMs}m` } : { "connect-timeout-ms": String(deadlineMs) }),
    },
  };
  let messages = 0;
  const result = (status: string, message = ""): CallResult => ({
    id,
    status,
    message,
    messages,
    elapsedMs: performance.now() - startedMs,
  });
  try {
    if (kind === "unary") {
      await createClient(Greeter, transport).sayHello({ name: "x" }, options);
      messages++;
    } else {
      for await (const _person of createClient(AddressBookService, transport).listPeople({ limit: 1 }, options)) messages++;
    }
    return result("ok");
  } catch (error) {
    if (giveUp.aborted) return result("no answer");
    const { code, rawMessage } = ConnectError.from(error);
    return result(codeName(code), rawMessage);
  }
}

/** The code as the protocols write it, such as `resource_exhausted`. */
function codeName(code: Code): string {
  return Code[code].replaceAll(/(?<=[a-z])(?=[A-Z])/gu, "_").toLowerCase();
}
