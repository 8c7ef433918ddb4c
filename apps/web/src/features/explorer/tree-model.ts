import type { DescMethod, FileRegistry } from "@bufbuild/protobuf";
import { Instance_Health, Protocol, type Catalog, type Instance } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { docComment } from "@rpcdeck/schema";
import { closest } from "#lib/closest.ts";
import type { TypedTarget } from "#data/typed-targets.ts";
import type { LampState } from "#ui/lamp.tsx";
import type { MethodKind } from "#ui/kind-icon.tsx";

/** A method that can be opened as a call. */
export interface MethodNode {
  readonly kind: "method";
  readonly key: string;
  readonly service: string;
  readonly name: string;
  readonly methodKind: MethodKind;
  /** Its doc comment; empty where it has none. */
  readonly doc: string;
  readonly schemaId: string;
  /** Instance id or typed URL that calls are pinned to; undefined lets the policy choose. */
  readonly target: string | undefined;
}

/** How many of a service's instances are well. */
export interface Health {
  readonly lamp: LampState;
  readonly ok: number;
  readonly all: number;
}

/** What is known about a service's methods. */
export type Methods =
  | { readonly kind: "known"; readonly methods: readonly MethodNode[] }
  | { readonly kind: "loading" }
  | { readonly kind: "none"; readonly reason: string };

/** A service of the catalog or of a typed target. */
export interface ServiceNode {
  readonly kind: "service";
  readonly key: string;
  readonly name: string;
  readonly doc: string;
  /** Protocols it is spoken over, in words. */
  readonly protocols: readonly string[];
  /** Undefined for typed targets: nobody watches them. */
  readonly health: Health | undefined;
  readonly methods: Methods;
}

/** A typed target and its services. */
export interface TargetNode {
  readonly kind: "target";
  readonly key: string;
  readonly target: TypedTarget;
  readonly services: readonly ServiceNode[];
}

/** A root of the tree. */
export type RootNode = ServiceNode | TargetNode;

/** Schemas by id, as far as they are here. `undefined` is on its way, a string says why it is not to be had. */
export type SchemaLookup = (schemaId: string) => FileRegistry | string | undefined;

const infrastructure = /^(grpc\.|rpcdeck\.v\d|etcdserverpb\.|google\.)/;

/** True for services that serve other programs: folded at first, and last in the list. */
export function isInfrastructure(service: string): boolean {
  return infrastructure.test(service);
}

/**
 * The tree of everything that can be called: catalog services, then names that are registered but have no schema, then typed targets.
 * `uploadedFor` answers the schema a user gave for a service.
 */
export function buildTree(
  catalog: Catalog | undefined,
  targets: readonly TypedTarget[],
  schemas: SchemaLookup,
  uploadedFor: (service: string) => string | undefined,
): RootNode[] {
  const instances = (catalog?.instances ?? []).filter((instance) => instance.health !== Instance_Health.EVICTED);
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const services = (catalog?.services ?? []).map((service): ServiceNode => {
    const own = service.instanceIds.map((id) => byId.get(id)).filter((instance) => instance !== undefined);
    const schemaId = service.schemaId === "" ? (uploadedFor(service.name) ?? "") : service.schemaId;
    const problem = own.find((instance) => instance.schemaProblem !== "")?.schemaProblem ?? "no server told it";
    return serviceNode({ prefix: "", name: service.name, schemaId, target: undefined, problem }, schemas, own);
  });
  const nameless = Map.groupBy(
    instances.filter((instance) => instance.services.length === 0),
    (instance) => instance.registeredAs,
  );
  const registered = [...nameless].flatMap(([name, own]): ServiceNode[] => {
    const uploaded = uploadedFor(name);
    const pinned = own[0]?.id;
    const registry = uploaded === undefined ? undefined : schemas(uploaded);
    if (uploaded === undefined || registry === undefined || typeof registry === "string") {
      const reason = own.some((instance) => instance.schemaProblem === "" && !instance.servicesKnown)
        ? "asking the server for its schema"
        : (own.find((instance) => instance.schemaProblem !== "")?.schemaProblem ?? "no server told it");
      const waiting = reason === "asking the server for its schema";
      return [
        {
          kind: "service",
          key: `registered ${name}`,
          name,
          doc: "",
          protocols: protocolsOf(own),
          health: healthOf(own),
          methods: waiting ? { kind: "loading" } : { kind: "none", reason },
        },
      ];
    }
    return serviceNamesOf(registry).map((service) =>
      serviceNode({ prefix: `registered ${name} `, name: service, schemaId: uploaded, target: pinned, problem: "" }, schemas, own),
    );
  });
  const typed = targets.map((target): TargetNode => {
    const registry = target.schemaId === "" ? undefined : schemas(target.schemaId);
    const names =
      target.services.length > 0 || registry === undefined || typeof registry === "string" ? target.services : serviceNamesOf(registry);
    const key = `target ${target.url}`;
    return {
      kind: "target",
      key,
      target,
      services: names.map((name) =>
        serviceNode({ prefix: `${key} `, name, schemaId: target.schemaId, target: target.url, problem: "reflection is off" }, schemas, []),
      ),
    };
  });
  const ordered = [...services, ...registered].toSorted(
    (a, b) => Number(isInfrastructure(a.name)) - Number(isInfrastructure(b.name)) || a.name.localeCompare(b.name),
  );
  return [...ordered, ...typed];
}

/** What a filter leaves of a tree. A service that matches keeps all its methods; else only the methods that match. */
export function filterTree(roots: readonly RootNode[], filter: string): RootNode[] {
  const word = filter.trim().toLowerCase();
  if (word === "") return [...roots];
  const inService = (service: ServiceNode): ServiceNode[] => {
    if (service.name.toLowerCase().includes(word)) return [service];
    if (service.methods.kind !== "known") return [];
    const methods = service.methods.methods.filter((method) => `${service.name}/${method.name}`.toLowerCase().includes(word));
    return methods.length === 0 ? [] : [{ ...service, methods: { kind: "known", methods } }];
  };
  return roots.flatMap((root): RootNode[] => {
    if (root.kind === "service") return inService(root);
    if (root.target.typed.toLowerCase().includes(word) || root.target.url.toLowerCase().includes(word)) return [root];
    const services = root.services.flatMap(inService);
    return services.length === 0 ? [] : [{ ...root, services }];
  });
}

/** The name of a service or method that is most like a filter which matches nothing. */
export function closestName(roots: readonly RootNode[], filter: string): string | undefined {
  const services = roots.flatMap((root) => (root.kind === "service" ? [root] : root.services));
  const methods = services.flatMap((service) => (service.methods.kind === "known" ? service.methods.methods : []));
  const short = (name: string) => name.slice(name.lastIndexOf(".") + 1);
  const found = closest(filter.trim(), [
    ...services.map((service) => service.name),
    ...services.map((service) => short(service.name)),
    ...methods.map((method) => method.name),
  ]);
  return services.find((service) => short(service.name) === found)?.name ?? found;
}

function serviceNode(
  from: { prefix: string; name: string; schemaId: string; target: string | undefined; problem: string },
  schemas: SchemaLookup,
  instances: readonly Instance[],
): ServiceNode {
  const registry = from.schemaId === "" ? from.problem : schemas(from.schemaId);
  const desc = registry === undefined || typeof registry === "string" ? undefined : registry.getService(from.name);
  const methods: Methods =
    registry === undefined
      ? { kind: "loading" }
      : typeof registry === "string"
        ? { kind: "none", reason: registry }
        : desc === undefined
          ? { kind: "none", reason: `its schema has no ${from.name}` }
          : {
              kind: "known",
              methods: desc.methods.map((method) => ({
                kind: "method",
                key: `${from.prefix}${from.name}/${method.name}`,
                service: from.name,
                name: method.name,
                methodKind: kindOf(method),
                doc: docComment(method) ?? "",
                schemaId: from.schemaId,
                target: from.target,
              })),
            };
  return {
    kind: "service",
    key: `${from.prefix}${from.name}`,
    name: from.name,
    doc: desc === undefined ? "" : (docComment(desc) ?? ""),
    protocols: protocolsOf(instances),
    health: instances.length === 0 ? undefined : healthOf(instances),
    methods,
  };
}

/** Protocols in words, the gateway's own process only where there is nothing else. */
function protocolsOf(instances: readonly Instance[]): string[] {
  const others = instances.filter((instance) => instance.protocol !== Protocol.LOCAL);
  return [...new Set((others.length > 0 ? others : instances).map((instance) => instance.protocolName))].filter((name) => name !== "");
}

function healthOf(instances: readonly Instance[]): Health {
  const count = (...states: Instance_Health[]) => instances.filter((instance) => states.includes(instance.health)).length;
  const ok = count(Instance_Health.HEALTHY, Instance_Health.UNSPECIFIED);
  const all = instances.length;
  if (ok === all) return { lamp: "ok", ok, all };
  if (ok > 0) return { lamp: "warn", ok, all };
  return { lamp: count(Instance_Health.LAST_KNOWN) > 0 ? "unknown" : "error", ok, all };
}

function serviceNamesOf(registry: FileRegistry): string[] {
  return [...registry].flatMap((desc) => (desc.kind === "service" ? [desc.typeName] : [])).filter((name) => !isInfrastructure(name));
}

/** How many messages go each way, in the page's words. */
export function kindOf(method: DescMethod): MethodKind {
  switch (method.methodKind) {
    case "unary":
      return "unary";
    case "server_streaming":
      return "server";
    case "client_streaming":
      return "client";
    case "bidi_streaming":
      return "bidi";
  }
}
