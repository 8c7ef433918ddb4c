import { create, createFileRegistry } from "@bufbuild/protobuf";
import { file_arith_v1_arith } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { file_pb_greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { CatalogSchema, Instance_Health, Protocol } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { useState } from "react";
import { ServiceTree } from "./service-tree.tsx";
import { buildTree, filterTree } from "./tree-model.ts";

const registries = [file_arith_v1_arith, file_pb_greeter].map((file) => createFileRegistry(file.proto, () => undefined));
const greeter = { services: ["pb.Greeter"], protocol: Protocol.GRPC, protocolName: "gRPC", health: Instance_Health.HEALTHY };
const arith = { services: ["arith.v1.Arith"], protocol: Protocol.CONNECT, protocolName: "Connect", health: Instance_Health.HEALTHY };
const catalog = create(CatalogSchema, {
  services: [
    { name: "arith.v1.Arith", instanceIds: ["c", "d"], schemaId: "0" },
    { name: "pb.Greeter", instanceIds: ["a", "b"], schemaId: "1" },
  ],
  instances: [
    { ...greeter, id: "a" },
    { ...greeter, id: "b" },
    { ...arith, id: "c" },
    { ...arith, id: "d", health: Instance_Health.FAILING },
    {
      id: "e",
      registeredAs: "hello",
      protocolName: "rpcx",
      schemaProblem: "reflection is off",
      servicesKnown: true,
      health: Instance_Health.LAST_KNOWN,
    },
  ],
});
const target = {
  url: "grpcs://shop.test:443?verify=none",
  typed: "shop.test:443",
  protocol: Protocol.GRPC,
  services: ["pb.Greeter"],
  schemaId: "1",
  metadata: [],
};

/** Two services, one name without a schema, one typed target. */
export function Services({ filter = "", onDo }: { filter?: string; onDo?: (what: string) => void }) {
  const roots = filterTree(
    buildTree(
      catalog,
      [target],
      (id) => registries[Number(id)],
      () => undefined,
    ),
    filter,
  );
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set(["arith.v1.Arith", "pb.Greeter", "registered hello"]));
  return (
    <div style={{ inlineSize: 280 }}>
      <ServiceTree
        roots={roots}
        expanded={expanded}
        onExpanded={setExpanded}
        current="pb.Greeter/SayHello"
        actions={{
          onOpen: (method) => onDo?.(`open ${method.target ?? ""} ${method.service}/${method.name}`),
          onAddSchema: (service) => onDo?.(`schema ${service.name}`),
          onEditTarget: ({ url }) => onDo?.(`edit ${url}`),
          onRemoveTarget: ({ url }) => onDo?.(`remove ${url}`),
        }}
        empty="No service matches"
      />
    </div>
  );
}
