import type { DescService } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { createAddressBook } from "@rpcdeck/demo/services/address-book.ts";
import { createArith } from "@rpcdeck/demo/services/arith.ts";
import { createGreeter } from "@rpcdeck/demo/services/greeter.ts";
import { Arith } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { Auth, Cluster, KV, Lease, Maintenance, Watch } from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { Health } from "@rpcdeck/protocol/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "@rpcdeck/protocol/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "@rpcdeck/protocol/grpc/reflection/v1alpha/reflection_pb.ts";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { CatalogService } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { FleetService, GatewayService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { SchemaService } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";

/** Services of the instance "gateway", which anybody can call like those of any other instance (decision 27). */
export const gatewayServices: readonly string[] = [Greeter.typeName, Arith.typeName, AddressBookService.typeName, Health.typeName];

const machinery: readonly DescService[] = [
  Health,
  ServerReflection,
  ServerReflectionAlpha,
  CatalogService,
  FleetService,
  GatewayService,
  SchemaService,
];
const registry: readonly DescService[] = [Auth, Cluster, KV, Lease, Maintenance, Watch];

/** Services that are the gateway's own whoever else has them (decision 15), without the embedded registry's. */
export const machineryServices: readonly string[] = machinery.map((service) => service.typeName);

/** Services of the embedded registry. */
export const registryServices: readonly string[] = registry.map((service) => service.typeName);

/** Paths of the streams of the services above that never end by themselves, such as `/etcdserverpb.Watch/Watch`. */
export const endlessPaths: ReadonlySet<string> = new Set(
  [...machinery, ...registry].flatMap(({ typeName, methods }) =>
    methods.filter(({ methodKind }) => methodKind !== "unary").map(({ name }) => `/${typeName}/${name}`),
  ),
);

/** Adds the services that stand in the gateway for trying things out. */
export function registerDemoServices(router: ConnectRouter): void {
  router.service(Greeter, createGreeter());
  router.service(Arith, createArith());
  router.service(AddressBookService, createAddressBook({ servedBy: "gateway" }));
}
