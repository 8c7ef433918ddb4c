import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { Arith } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { type FleetProcess, FleetProcessSchema, type FleetService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { type DemoProcess, type DemoProgram, type DemoSpec, startDemoProcess } from "./demo-process.ts";

/** Longest delay a demo process can be given, in milliseconds. */
const maxDelayMs = 60_000;

/** The processes that npm start brings along (decision 27). */
const specs: readonly DemoSpec[] = [
  { name: "greeter-1", service: "greeter", protocol: "grpc", zone: "a", services: [Greeter.typeName] },
  { name: "greeter-2", service: "greeter", protocol: "connect", zone: "b", services: [Greeter.typeName] },
  { name: "greeter-3", service: "greeter", protocol: "grpc-web", zone: "c", services: [Greeter.typeName] },
  { name: "arith-1", service: "arith", protocol: "grpc", zone: "a", services: [Arith.typeName] },
  { name: "arith-2", service: "arith", protocol: "connect", zone: "b", services: [Arith.typeName] },
  { name: "addressbook-1", service: "addressbook", protocol: "grpc", zone: "a", services: [AddressBookService.typeName, Chat.typeName] },
];

/** What a fleet needs. */
export interface FleetOptions {
  /** The gateway's own etcd API, such as `http://127.0.0.1:8080`; asked at each start. */
  readonly registry: () => string;
  /** The gateway's token, if it has one. */
  readonly token?: string | undefined;
  /** The demo program; the one of this repository unless given. */
  readonly entry?: string;
}

/** The demo processes, children of this one. Nothing is started again by itself. */
export interface Fleet {
  readonly service: ServiceImpl<typeof FleetService>;
  /** Starts all of them side by side; resolves when each is registered or failed. Answers the problems, one line each. */
  startAll(): Promise<readonly string[]>;
  /** Name of the process that listens at an address. */
  processAt(address: string): string | undefined;
  /** Ends all of them, politely first. Nothing can be started afterwards. */
  close(): Promise<void>;
}

interface Member {
  readonly spec: DemoSpec;
  state:
    | { readonly kind: "idle" }
    | { readonly kind: "starting"; readonly started: Promise<DemoProcess> }
    | { readonly kind: "running"; readonly process: DemoProcess };
  behaviour: { readonly delayMs: number; readonly failPercent: number };
}

/** A fleet of which nothing runs yet; without `options` it is empty for ever (`--no-demo`). */
export function createFleet(options: FleetOptions | undefined): Fleet {
  const members = new Map<string, Member>();
  for (const spec of options === undefined ? [] : specs) {
    members.set(spec.name, { spec, state: { kind: "idle" }, behaviour: { delayMs: 0, failPercent: 0 } });
  }
  let isClosed = false;
  const closing = new AbortController();

  function member(name: string): Member {
    const found = members.get(name);
    if (found === undefined) {
      throw new ConnectError(
        `no demo process is called ${JSON.stringify(name)}; there are ${[...members.keys()].join(", ") || "none"}`,
        Code.NotFound,
      );
    }
    return found;
  }

  function running(name: string): DemoProcess {
    const { state } = member(name);
    if (state.kind !== "running") {
      throw new ConnectError(`${name} does not run`, Code.FailedPrecondition);
    }
    return state.process;
  }

  async function start(one: Member): Promise<void> {
    if (one.state.kind === "running") {
      return;
    }
    if (one.state.kind === "starting") {
      await one.state.started;
      return;
    }
    if (isClosed || options === undefined) {
      throw new ConnectError("the gateway is ending", Code.Unavailable);
    }
    const program: DemoProgram = {
      execPath: process.execPath,
      entry: options.entry ?? fileURLToPath(import.meta.resolve("@rpcdeck/demo/main.ts")),
      registry: options.registry(),
      token: options.token,
    };
    const started = startDemoProcess(one.spec, program, closing.signal);
    one.state = { kind: "starting", started };
    try {
      const process = await started;
      one.state = { kind: "running", process };
      one.behaviour = { delayMs: 0, failPercent: 0 };
      void process.ended.then(() => {
        one.state = { kind: "idle" };
      });
    } catch (error) {
      one.state = { kind: "idle" };
      throw new ConnectError(`${one.spec.name}: ${error instanceof Error ? error.message : String(error)}`, Code.Unavailable);
    }
  }

  const service: ServiceImpl<typeof FleetService> = {
    listProcesses: () => ({ processes: Array.from(members.values(), toProto) }),
    async startProcess({ name }) {
      await start(member(name));
      return { process: toProto(member(name)) };
    },
    async stopProcess({ name }) {
      await running(name).stop();
      return {};
    },
    async killProcess({ name }) {
      await running(name).kill();
      return {};
    },
    async setBehaviour({ name, behaviour }) {
      const { delayMs, failPercent } = behaviour ?? { delayMs: 0, failPercent: 0 };
      if (delayMs > maxDelayMs || failPercent > 100) {
        throw new ConnectError(
          `delay of ${delayMs} ms and ${failPercent} % failures: the limits are ${maxDelayMs} ms and 100 %`,
          Code.InvalidArgument,
        );
      }
      try {
        await running(name).behave({ delayMs, failPercent });
      } catch (error) {
        throw error instanceof ConnectError ? error : new ConnectError(`${name} did not take it: ${String(error)}`, Code.Unavailable);
      }
      member(name).behaviour = { delayMs, failPercent };
      return { process: toProto(member(name)) };
    },
  };

  return {
    service,
    async startAll() {
      const results = await Promise.allSettled(Array.from(members.values(), start));
      return results.flatMap((result) => (result.status === "rejected" ? [ConnectError.from(result.reason).rawMessage] : []));
    },
    processAt(address) {
      for (const { spec, state } of members.values()) {
        if (state.kind === "running" && state.process.address === address) {
          return spec.name;
        }
      }
      return undefined;
    },
    async close() {
      isClosed = true;
      closing.abort(); // the registry may be gone already: those that start would wait for it
      await Promise.allSettled(
        Array.from(members.values(), async ({ state }) => {
          const process = state.kind === "starting" ? await state.started : state.kind === "running" ? state.process : undefined;
          await process?.stop();
        }),
      );
    },
  };
}

function toProto({ spec, state, behaviour }: Member): FleetProcess {
  const isRunning = state.kind === "running";
  return create(FleetProcessSchema, {
    name: spec.name,
    running: isRunning,
    address: isRunning ? state.process.address : "",
    services: [...spec.services],
    behaviour: isRunning ? behaviour : { delayMs: 0, failPercent: 0 },
  });
}
