import { create } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Provenance } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import http2 from "node:http2";
import type net from "node:net";
import { afterEach, expect, test } from "vitest";
import type { LearnedSchema } from "../catalog/catalog-state.ts";
import type { Clock } from "../catalog/clock.ts";
import type { Instance } from "../catalog/instance.ts";
import { createAddressPolicy } from "../net/address-policy.ts";
import { createConnections } from "../net/connections.ts";
import { createOpenDuplex } from "../outbound/duplex.ts";
import { createGrpcCodec } from "../outbound/grpc.ts";
import { type ReflectedSchema, registerReflection } from "@rpcdeck/services";
import { keepCatalogLearned } from "./learn-catalog.ts";
import { createRoutableSchemas } from "./routable-schemas.ts";
import { createSchemaStore } from "./schema-store.ts";
import { closureIdOf, createStoredSchema } from "./stored-schema.ts";

const connections = createConnections({ policy: createAddressPolicy() });
const limits = { maxMessageBytes: 1_000_000 };
const open = createOpenDuplex({ grpc: createGrpcCodec({ connections, ...limits }) }, limits);
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A file with one service of one method, whose message has the given field. */
function file(service: string, field = "a", method = "Go"): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, {
    name: `${service}.proto`,
    package: "t",
    syntax: "proto3",
    messageType: [{ name: `${service}M`, field: [{ name: field, number: 1, type: 9, label: 1 }] }],
    service: [{ name: service, method: [{ name: method, inputType: `.t.${service}M`, outputType: `.t.${service}M` }] }],
  });
}

const schemaOf = (...files: FileDescriptorProto[]) =>
  createStoredSchema(files.map((each) => ({ file: each, provenance: Provenance.UPLOAD })));

function storeWith(more: object = {}) {
  const signal = new AbortController().signal;
  return createSchemaStore({ builtIn: schemaOf(file("BuiltIn")), open, signal, ...more });
}

async function backend(...files: FileDescriptorProto[]): Promise<string> {
  const schemas: ReflectedSchema[] = [{ id: "x", services: files.map((each) => `t.${each.service[0]!.name}`), files }];
  const server = http2.createServer(connectNodeAdapter({ routes: (router) => registerReflection(router, { schemas: () => schemas }) }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  cleanups.push(() => {
    server.close();
    for (const session of sessions) session.destroy();
  });
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

function instance(address: string, more: Partial<Instance> = {}): Instance {
  return {
    id: `test/${address}`,
    label: address,
    source: "test",
    registeredAs: address,
    services: undefined,
    protocol: "grpc",
    protocolName: "gRPC",
    address,
    tls: { kind: "plaintext" },
    metadata: [],
    labels: {},
    weight: 1,
    version: "",
    lease: undefined,
    revision: 0n,
    raw: undefined,
    ...more,
  };
}

const fieldOf = (found: unknown) =>
  (found as { method: { input: { fields: { name: string }[] } } } | undefined)?.method.input.fields[0]?.name;

test("reflection wins over an upload, an upload over configured schemas", async () => {
  const store = storeWith();
  const reflecting = instance(await backend(file("S", "reflected")));
  const silent = instance("127.0.0.1:1");
  const uploaded = store.add(schemaOf(file("S", "uploaded")));
  store.setConfigured([schemaOf(file("S", "configured"))]);
  expect(fieldOf(store.methodNow("/t.S/Go", silent, undefined))).toBe("configured");
  expect(fieldOf(store.methodNow("/t.S/Go", silent, uploaded.id))).toBe("uploaded");
  expect(store.methodNow("/t.S/Go", reflecting, undefined)).toBeDefined();
  await store.learn(reflecting);
  expect(fieldOf(store.methodNow("/t.S/Go", reflecting, uploaded.id))).toBe("reflected");
});

test("a method is learned by reflection when it is needed, and a problem says why it cannot be", async () => {
  const store = storeWith();
  const address = await backend(file("S"));
  expect(fieldOf(await store.method("/t.S/Go", instance(address), undefined))).toBe("a");
  expect(await store.method("/t.S/Stay", instance(address), undefined)).toMatchObject({ problem: expect.stringContaining("t.S/Stay") });
  expect(await store.method("/t.S/Go", instance("127.0.0.1:1"), undefined)).toMatchObject({
    problem: expect.stringContaining("127.0.0.1:1"),
  });
});

test("instances of one group share what was learned, and forgetting asks again", async () => {
  const store = storeWith();
  const group = { registeredAs: "s", version: "1" };
  const asked = instance(await backend(file("S")), group);
  const other = instance("127.0.0.1:1", group);
  await store.learn(asked);
  expect(store.methodNow("/t.S/Go", other, undefined)).toBeDefined();
  store.forget([other]);
  expect(store.methodNow("/t.S/Go", asked, undefined)).toBeUndefined();
});

test("a replica that could not be asked says nothing about the others of its group", async () => {
  const group = { registeredAs: "svc", version: "1" };
  const down = instance("127.0.0.1:1", group);
  const up = instance(await backend(file("S", "b")), group);
  const store = storeWith();
  // While the one is being asked, and after it could not be.
  const [failed, meanwhile] = await Promise.all([store.method("/t.S/Go", down, undefined), store.method("/t.S/Go", up, undefined)]);
  expect(failed).toMatchObject({ fault: "target_unreachable" });
  expect(fieldOf(meanwhile)).toBe("b");
  const other = storeWith();
  expect(await other.method("/t.S/Go", down, undefined)).toMatchObject({ fault: "target_unreachable" });
  expect(fieldOf(await other.method("/t.S/Go", up, undefined))).toBe("b");
  // What the one said holds for the other, too.
  expect(fieldOf(await other.method("/t.S/Go", down, undefined))).toBe("b");
});

test("equal files have one id whatever their order and comments; a schema is kept once", () => {
  const store = storeWith();
  const commented = { ...file("A"), sourceCodeInfo: create(FileDescriptorProtoSchema, {}).sourceCodeInfo! };
  const one = store.add(schemaOf(file("A"), file("B")));
  expect(store.add(schemaOf(file("B"), commented as FileDescriptorProto))).toBe(one);
  expect(one.id).toMatch(/^[0-9a-f]{64}$/u);
  expect(schemaOf(file("A", "other")).id).not.toBe(schemaOf(file("A")).id);
});

test("schemas that differ only elsewhere look the same for a service", () => {
  const both = schemaOf(file("A"), file("B"));
  expect(closureIdOf(both, "t.A")).toBe(closureIdOf(schemaOf(file("A"), file("C")), "t.A"));
  expect(closureIdOf(both, "t.A")).not.toBe(closureIdOf(schemaOf(file("A", "other")), "t.A"));
});

test("what was used least lately is dropped first, what an instance has is kept", async () => {
  const store = storeWith({ maxSchemas: 2 });
  const has = instance(await backend(file("Kept")));
  const learned = await store.learn(has);
  const [a, b, c] = ["A", "B", "C"].map((name) => store.add(schemaOf(file(name))));
  expect([a, b, c].map((schema) => store.isKept(schema!.id))).toEqual([false, false, true]);
  expect(learned.kind === "known" && store.isKept(learned.schema.id)).toBe(true);
});

test("files that do not fit are named and the rest is kept", () => {
  const broken = create(FileDescriptorProtoSchema, {
    name: "broken.proto",
    syntax: "proto3",
    dependency: ["missing.proto"],
    messageType: [{ name: "M", field: [{ name: "f", number: 1, type: 11, label: 1, typeName: ".no.Such" }] }],
  });
  const schema = schemaOf(broken, file("S"));
  expect(schema.services).toEqual(["t.S"]);
  expect(schema.problems.join("\n")).toContain("missing.proto");
});

/** A catalog of fixed instances, and a clock that runs when told. */
function harness(instances: () => readonly Instance[]) {
  const learned = new Map<string, LearnedSchema>();
  const listeners = new Set<() => void>();
  const due: (() => void)[] = [];
  const clock: Clock = {
    nowMs: () => 0,
    wallMs: () => 0,
    after: (_delay, action) => {
      due.push(action);
      return () => due.splice(due.indexOf(action), 1);
    },
  };
  const waiting: (() => void)[] = [];
  return {
    learned,
    clock,
    due,
    change: () => listeners.forEach((listener) => listener()),
    next: () => new Promise<void>((resolve) => waiting.push(resolve)),
    catalog: {
      all: instances,
      unlearned: () => instances().filter((each) => !learned.has(each.id)),
      learn(id: string, of: LearnedSchema) {
        learned.set(id, of);
        waiting.splice(0).forEach((resolve) => resolve());
      },
      onChange(listener: () => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  };
}

test("a new instance is asked for its services; one that is away is asked again", async () => {
  const store = storeWith();
  const here = instance(await backend(file("S")));
  const away = instance("127.0.0.1:1", { registeredAs: "away" });
  const { catalog, clock, learned, due, next } = harness(() => [here, away]);
  const learning = keepCatalogLearned({ catalog, store, clock });
  while (learned.size < 2) await next();
  expect(learned.get(here.id)).toMatchObject({ services: ["t.S"], schemaId: expect.any(String), problem: undefined });
  expect(learned.get(away.id)).toMatchObject({ services: undefined, problem: expect.stringContaining("refused") });
  expect(due).toHaveLength(1);
  const again = next();
  due.splice(0).forEach((action) => action());
  await again;
  expect(due).toHaveLength(1);
  learning.close();
  expect(due).toHaveLength(0);
});

test("without reflection a configured schema speaks for the name it registered under", async () => {
  const store = storeWith();
  const configured = schemaOf(file("S"));
  store.setConfigured([configured]);
  const server = http2.createServer(connectNodeAdapter({ routes: () => undefined }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  const plain = instance(`127.0.0.1:${(server.address() as net.AddressInfo).port}`, { registeredAs: "t.S" });
  const { catalog, clock, learned, next } = harness(() => [plain]);
  const learning = keepCatalogLearned({ catalog, store, clock });
  if (learned.size === 0) await next();
  expect(learned.get(plain.id)).toEqual({ services: ["t.S"], schemaId: configured.id, problem: undefined });
  learning.close();
  connections.close();
});

test("reflection shows the majority's schema of each service, and the same array while nothing changes", async () => {
  const store = createSchemaStore({ builtIn: schemaOf(file("Own")), open: openNothing, signal: new AbortController().signal });
  store.setConfigured([schemaOf(file("Loose"))]);
  const services = new Map<string, Instance[]>([
    ["t.Loose", [instance("h:1")]],
    ["t.Nobody", [instance("h:2")]],
  ]);
  const view = {
    instancesFor: (name: string) => services.get(name) ?? [],
    services: () => [...services.keys()],
    byId: () => undefined,
    all: () => [],
    onChange: () => () => true,
    isDemoted: () => false,
    chosen: () => undefined,
    report: () => undefined,
  };
  const routable = createRoutableSchemas(view, store, ["t.Own"]);
  const schemas = routable.schemas();
  expect(schemas.map((schema) => [schema.services, schema.files.map((each) => each.name)])).toEqual([
    [["t.Own"], ["Own.proto"]],
    [["t.Loose"], ["Loose.proto"]],
    [["t.Nobody"], []],
  ]);
  store.setConfigured(store.configured);
  expect(routable.schemas()).toBe(schemas);
  routable.close();
});

function openNothing(): never {
  throw new Error("nothing is to be opened");
}
