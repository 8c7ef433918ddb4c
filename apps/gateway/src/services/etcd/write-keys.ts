import { create } from "@bufbuild/protobuf";
import {
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  DeleteRangeResponseSchema,
  type PutRequest,
  type PutResponse,
  PutResponseSchema,
  type ResponseHeader,
} from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { etcdError } from "./faults.ts";
import { keyIntervalFrom, keyTextFrom } from "./key-interval.ts";
import type { Leases } from "./leases.ts";
import type { Store, StoreTransaction } from "./store.ts";

/** Throws when a Put is not well formed; knows nothing of the store. */
export function checkPut(request: PutRequest): void {
  if (request.key.length === 0) {
    throw etcdError("empty_key");
  }
  if (request.ignoreValue && request.value.length !== 0) {
    throw etcdError("value_provided");
  }
  if (request.ignoreLease && request.lease !== 0n) {
    throw etcdError("lease_provided");
  }
}

/** Throws when a Put cannot be done now: its lease is gone, or the key whose value or lease it keeps is not there. */
export function checkPutNow(store: Store, leases: Leases, request: PutRequest): void {
  if ((request.ignoreValue || request.ignoreLease) && store.get(keyTextFrom(request.key)) === undefined) {
    throw etcdError("key_not_found");
  }
  if (request.lease !== 0n && !leases.has(request.lease)) {
    throw etcdError("lease_not_found");
  }
}

/** Does a Put that was checked. */
export function putKey(store: Store, transaction: StoreTransaction, request: PutRequest, header: ResponseHeader | undefined): PutResponse {
  const before = store.get(keyTextFrom(request.key));
  const value = request.ignoreValue ? (before?.value ?? request.value) : request.value;
  const lease = request.ignoreLease ? (before?.lease ?? 0n) : request.lease;
  transaction.put(request.key, value, lease);
  return withHeader(create(PutResponseSchema, request.prevKv && before !== undefined ? { prevKv: before } : {}), header);
}

/** Throws when a DeleteRange is not well formed. */
export function checkDelete(request: DeleteRangeRequest): void {
  if (request.key.length === 0) {
    throw etcdError("empty_key");
  }
}

/** Does a DeleteRange that was checked. */
export function deleteKeys(
  transaction: StoreTransaction,
  request: DeleteRangeRequest,
  header: ResponseHeader | undefined,
): DeleteRangeResponse {
  const deleted = transaction.delete(keyIntervalFrom(request.key, request.rangeEnd));
  const prevKvs = request.prevKv ? [...deleted] : [];
  return withHeader(create(DeleteRangeResponseSchema, { deleted: BigInt(deleted.length), prevKvs }), header);
}

function withHeader<Response extends { header?: ResponseHeader | undefined }>(
  response: Response,
  header: ResponseHeader | undefined,
): Response {
  if (header !== undefined) {
    response.header = header;
  }
  return response;
}
