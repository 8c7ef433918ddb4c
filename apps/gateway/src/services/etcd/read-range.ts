import { create } from "@bufbuild/protobuf";
import { type KeyValue, KeyValueSchema } from "@rpcdeck/protocol/etcd/kv_pb.ts";
import {
  type RangeRequest,
  RangeRequest_SortOrder as SortOrder,
  RangeRequest_SortTarget as SortTarget,
  type RangeResponse,
  RangeResponseSchema,
  type ResponseHeader,
} from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { etcdError } from "./faults.ts";
import { keyIntervalFrom } from "./key-interval.ts";
import type { Store } from "./store.ts";

const sortOrders: ReadonlySet<number> = new Set(Object.values(SortOrder));
const sortTargets: ReadonlySet<number> = new Set(Object.values(SortTarget));

/** Throws when a Range is not well formed; knows nothing of the store. */
export function checkRange(request: RangeRequest): void {
  if (request.key.length === 0) {
    throw etcdError("empty_key");
  }
  if (!sortOrders.has(request.sortOrder) || !sortTargets.has(request.sortTarget)) {
    throw etcdError("invalid_sort_option");
  }
}

/** Answers a Range: filters, then sorts, then cuts to the limit; `count` is that of the keys before filters, as in etcd. */
export function readRange(store: Store, request: RangeRequest, header: ResponseHeader): RangeResponse {
  const all = store.range(keyIntervalFrom(request.key, request.rangeEnd), request.revision);
  const count = BigInt(all.length);
  if (request.countOnly) {
    return create(RangeResponseSchema, { header, count });
  }
  const kept = all.filter((kv) => isWanted(kv, request));
  const sorted = isSorted(request) ? [...kept].sort(comparison(request)) : kept;
  const limit = request.limit > 0n && request.limit < BigInt(sorted.length) ? Number(request.limit) : sorted.length;
  const kvs = sorted.slice(0, limit);
  return create(RangeResponseSchema, {
    header,
    count,
    more: limit < sorted.length,
    kvs: request.keysOnly ? kvs.map((kv) => create(KeyValueSchema, { ...kv, value: noBytes })) : kvs,
  });
}

const noBytes = new Uint8Array();

function isWanted(kv: KeyValue, request: RangeRequest): boolean {
  return (
    (request.minModRevision === 0n || kv.modRevision >= request.minModRevision) &&
    (request.maxModRevision === 0n || kv.modRevision <= request.maxModRevision) &&
    (request.minCreateRevision === 0n || kv.createRevision >= request.minCreateRevision) &&
    (request.maxCreateRevision === 0n || kv.createRevision <= request.maxCreateRevision)
  );
}

/** Keys come sorted; any other target without an order means ascending, as in etcd. */
function isSorted(request: RangeRequest): boolean {
  return request.sortTarget !== SortTarget.KEY || request.sortOrder === SortOrder.DESCEND;
}

function comparison(request: RangeRequest): (a: KeyValue, b: KeyValue) => number {
  const sign = request.sortOrder === SortOrder.DESCEND ? -1 : 1;
  return (a, b) => sign * compareBy(request.sortTarget, a, b);
}

function compareBy(target: SortTarget, a: KeyValue, b: KeyValue): number {
  switch (target) {
    case SortTarget.VERSION:
      return compareNumbers(a.version, b.version);
    case SortTarget.CREATE:
      return compareNumbers(a.createRevision, b.createRevision);
    case SortTarget.MOD:
      return compareNumbers(a.modRevision, b.modRevision);
    case SortTarget.VALUE:
      return Buffer.compare(a.value, b.value);
    default:
      return Buffer.compare(a.key, b.key);
  }
}

function compareNumbers(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
