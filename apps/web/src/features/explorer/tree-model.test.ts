import { create } from "@bufbuild/protobuf";
import { createFileRegistry } from "@bufbuild/protobuf";
import { file_pb_greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { CatalogSchema, Instance_Health, Protocol } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { describe, expect, it } from "vitest";
import { buildTree, closestName, filterTree } from "./tree-model.ts";

const registry = createFileRegistry(file_pb_greeter.proto, () => undefined);
const schemas = (id: string) => (id === "greeter" ? registry : id === "coming" ? undefined : `schema ${id} is not known`);
const catalog = create(CatalogSchema, {
  services: [
    { name: "grpc.health.v1.Health", instanceIds: ["a"], schemaId: "coming" },
    { name: "pb.Greeter", instanceIds: ["a", "b", "c"], schemaId: "greeter" },
  ],
  instances: [
    {
      id: "a",
      registeredAs: "greeter",
      services: ["pb.Greeter"],
      protocol: Protocol.LOCAL,
      protocolName: "in process",
      health: Instance_Health.HEALTHY,
    },
    { id: "b", registeredAs: "greeter", services: ["pb.Greeter"], protocolName: "gRPC", health: Instance_Health.HEALTHY },
    {
      id: "c",
      registeredAs: "greeter",
      services: ["pb.Greeter"],
      protocolName: "gRPC",
      health: Instance_Health.FAILING,
      problem: "refused",
    },
    {
      id: "d",
      registeredAs: "hello",
      schemaProblem: "reflection is off",
      protocolName: "gRPC",
      health: Instance_Health.HEALTHY,
      servicesKnown: true,
    },
    { id: "e", registeredAs: "gone", health: Instance_Health.EVICTED },
  ],
});

describe("buildTree", () => {
  const roots = buildTree(catalog, [], schemas, () => undefined);

  it("lists services by name, infrastructure last, evicted instances not at all", () => {
    expect(roots.map((root) => (root.kind === "service" ? root.name : ""))).toEqual(["hello", "pb.Greeter", "grpc.health.v1.Health"]);
  });

  it("shows the methods of a known schema, and says what is missing of the others", () => {
    const greeter = roots[1];
    expect(greeter).toMatchObject({
      protocols: ["gRPC"],
      health: { lamp: "warn", ok: 2, all: 3 },
      methods: { kind: "known", methods: [{ name: "SayHello", methodKind: "unary", target: undefined }] },
    });
    expect(roots[2]).toMatchObject({ methods: { kind: "loading" } });
    expect(roots[0]).toMatchObject({ methods: { kind: "none", reason: "reflection is off" } });
  });

  it("pins calls of a typed target to its URL", () => {
    const target = {
      url: "grpc://localhost:50051",
      typed: "localhost:50051",
      protocol: Protocol.GRPC,
      services: ["pb.Greeter"],
      schemaId: "greeter",
      metadata: [],
    };
    const [root] = buildTree(undefined, [target], schemas, () => undefined);
    expect(root).toMatchObject({
      kind: "target",
      services: [{ health: undefined, methods: { methods: [{ target: "grpc://localhost:50051", schemaId: "greeter" }] } }],
    });
  });

  it("takes the schema a user gave for a registered name", () => {
    const roots = buildTree(catalog, [], schemas, (name) => (name === "hello" ? "greeter" : undefined));
    expect(roots.find((root) => root.key.startsWith("registered hello"))).toMatchObject({
      name: "pb.Greeter",
      methods: { kind: "known", methods: [{ target: "d" }] },
    });
  });
});

describe("filterTree", () => {
  const roots = buildTree(catalog, [], schemas, () => undefined);
  const names = (filter: string) => filterTree(roots, filter).map((root) => (root.kind === "service" ? root.name : root.key));

  it("keeps services and methods that hold the word in any case", () => {
    expect(names("GREET")).toEqual(["pb.Greeter"]);
    expect(names("sayhello")).toEqual(["pb.Greeter"]);
    expect(names("greeter/say")).toEqual(["pb.Greeter"]);
    expect(names(" ")).toHaveLength(3);
    expect(names("nothing")).toEqual([]);
  });

  it("names what is closest to a word that nothing holds", () => {
    expect(closestName(roots, "Greetr")).toBe("pb.Greeter");
    expect(closestName(roots, "SayHelo")).toBe("SayHello");
    expect(closestName(roots, "zzzzzz")).toBeUndefined();
  });
});
