import { headerValue, parseRpcContentType } from "@rpcdeck/frames";
import type { CatalogView } from "../catalog/catalog-view.ts";
import type { Instance } from "../catalog/instance.ts";
import { routeOf } from "../inbound/dispatch.ts";
import type { Exchange } from "../inbound/exchange.ts";
import { isOwnService } from "../routing/own-service.ts";
import type { SchemaView } from "../schema/schema-view.ts";

/** What a worker decides by. */
export interface RelaysHereOptions {
  readonly catalog: Pick<CatalogView, "instancesFor">;
  readonly schemas: Pick<SchemaView, "methodNow">;
  /** True for an instance that the lead answers itself. */
  readonly isOwn: (instance: Instance) => boolean;
}

/** Choices of the caller that only the lead knows to follow. */
const leadsChoices: ReadonlySet<string> = new Set(["rpcdeck-target", "rpcdeck-schema", "rpcdeck-call"]);

/**
 * True for calls that a worker relays as the lead would: to instances that are no part of the gateway, with all schemas that are needed at hand.
 * Whether the caller may call at all is looked at by whoever takes the call.
 */
export function createRelaysHere({ catalog, schemas, isOwn }: RelaysHereOptions): (exchange: Exchange) => boolean {
  return (exchange) => {
    const { target, method, headers } = exchange;
    const question = target.indexOf("?");
    const path = question === -1 ? target : target.slice(0, question);
    if ((method !== "POST" && method !== "GET") || routeOf(path) !== "rpc") return false;
    const service = path.slice(1, path.indexOf("/", 1));
    if (isOwnService(service)) return false;
    let isHedged = false;
    for (const [name] of headers) {
      if (leadsChoices.has(name)) return false;
      if (name === "rpcdeck-hedge") isHedged = true;
    }
    const instances = catalog.instancesFor(service);
    if (instances.length === 0 || instances.some(isOwn)) return false;
    if (instances.every((instance) => schemas.methodNow(path, instance, undefined) !== undefined)) return true;
    return (
      method === "POST" && !isHedged && instances.every(({ protocol }) => needsNoSchema(headerValue(headers, "content-type"), protocol))
    );
  };
}

/** Bytes of protobuf can be handed on without knowing what they are, except to a Connect backend, which needs the kind of the method. */
function needsNoSchema(contentType: string | undefined, protocol: Instance["protocol"]): boolean {
  const type = parseRpcContentType(contentType ?? "");
  return type !== undefined && type.codec !== "json" && (protocol === "grpc" || protocol === "grpc-web");
}
