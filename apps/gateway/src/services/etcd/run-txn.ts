import { create } from "@bufbuild/protobuf";
import type { KeyValue } from "@rpcdeck/protocol/etcd/kv_pb.ts";
import {
  type Compare,
  Compare_CompareResult as CompareResult,
  Compare_CompareTarget as CompareTarget,
  type RequestOp,
  type ResponseHeader,
  type ResponseOp,
  ResponseOpSchema,
  type TxnRequest,
  type TxnResponse,
  TxnResponseSchema,
} from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { etcdError } from "./faults.ts";
import { isInInterval, keyIntervalFrom, type KeyInterval, type KeyText, keyTextFrom } from "./key-interval.ts";
import type { Leases } from "./leases.ts";
import { maxTxnOps } from "./limits.ts";
import { checkRange, readRange } from "./read-range.ts";
import type { Store, StoreTransaction } from "./store.ts";
import { checkDelete, checkPut, checkPutNow, deleteKeys, putKey } from "./write-keys.ts";

/** Throws when a transaction is not well formed: too many operations, bad operations, or a key written twice. */
export function checkTxn(request: TxnRequest): void {
  checkOps(request, maxTxnOps);
  writesOf(request.success);
  writesOf(request.failure);
}

/** Does a transaction that was checked, all of it at one revision or, when it cannot be done now, nothing. */
export function runTxn(store: Store, leases: Leases, request: TxnRequest, header: () => ResponseHeader): TxnResponse {
  const plan = planOf(store, request);
  checkPlan(store, leases, plan);
  const response = store.commit("write", (transaction) => runPlan(store, transaction, plan, header));
  response.header = header();
  return response;
}

/** Bytes that a transaction writes at most. */
export function txnBytes(request: TxnRequest): number {
  return [...request.success, ...request.failure].reduce((sum, { request: op }) => {
    switch (op.case) {
      case "requestPut":
        return sum + op.value.key.length + op.value.value.length;
      case "requestTxn":
        return sum + txnBytes(op.value);
      default:
        return sum;
    }
  }, 0);
}

/** A transaction with its branches chosen: etcd evaluates all compares, nested ones too, before the first operation. */
interface Plan {
  readonly succeeded: boolean;
  readonly steps: readonly (readonly [op: RequestOp, nested: Plan | undefined])[];
}

function planOf(store: Store, request: TxnRequest): Plan {
  const succeeded = request.compare.every((compare) => holds(store, compare));
  const ops = succeeded ? request.success : request.failure;
  return { succeeded, steps: ops.map((op) => [op, op.request.case === "requestTxn" ? planOf(store, op.request.value) : undefined]) };
}

function checkPlan(store: Store, leases: Leases, plan: Plan): void {
  for (const [{ request }, nested] of plan.steps) {
    if (request.case === "requestPut") {
      checkPutNow(store, leases, request.value);
    } else if (request.case === "requestRange" && request.value.revision > 0n) {
      if (request.value.revision > store.revision()) {
        throw etcdError("future_revision");
      }
      if (request.value.revision < store.compactedRevision()) {
        throw etcdError("compacted");
      }
    }
    if (nested !== undefined) {
      checkPlan(store, leases, nested);
    }
  }
}

function runPlan(store: Store, transaction: StoreTransaction, plan: Plan, header: () => ResponseHeader): TxnResponse {
  const responses = plan.steps.map(([{ request }, nested]): ResponseOp => {
    switch (request.case) {
      case "requestRange":
        return create(ResponseOpSchema, { response: { case: "responseRange", value: readRange(store, request.value, header()) } });
      case "requestPut":
        return create(ResponseOpSchema, { response: { case: "responsePut", value: putKey(store, transaction, request.value, undefined) } });
      case "requestDeleteRange":
        return create(ResponseOpSchema, {
          response: { case: "responseDeleteRange", value: deleteKeys(transaction, request.value, undefined) },
        });
      case "requestTxn":
        return create(ResponseOpSchema, {
          response: {
            case: "responseTxn",
            value: nested === undefined ? create(TxnResponseSchema) : runPlan(store, transaction, nested, header),
          },
        });
      case undefined:
        return create(ResponseOpSchema);
    }
  });
  return create(TxnResponseSchema, { succeeded: plan.succeeded, responses });
}

function checkOps(request: TxnRequest, allowed: number): void {
  const most = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (most > allowed) {
    throw etcdError("too_many_ops");
  }
  for (const compare of request.compare) {
    if (compare.key.length === 0) {
      throw etcdError("empty_key");
    }
  }
  for (const { request: op } of [...request.success, ...request.failure]) {
    switch (op.case) {
      case "requestRange":
        checkRange(op.value);
        break;
      case "requestPut":
        checkPut(op.value);
        break;
      case "requestDeleteRange":
        checkDelete(op.value);
        break;
      case "requestTxn":
        checkOps(op.value, allowed - most);
        break;
      case undefined:
        throw etcdError("unknown_operation");
    }
  }
}

interface Writes {
  readonly puts: Set<KeyText>;
  readonly deletes: KeyInterval[];
}

/** What a list of operations writes; throws when a key could be written twice. Either branch of a nested transaction counts. */
function writesOf(ops: readonly RequestOp[]): Writes {
  const puts = new Set<KeyText>();
  const deletes: KeyInterval[] = [];
  for (const { request } of ops) {
    if (request.case === "requestDeleteRange") {
      deletes.push(keyIntervalFrom(request.value.key, request.value.rangeEnd));
    }
  }
  const addPut = (key: KeyText, alsoAllowed?: ReadonlySet<KeyText>) => {
    const twice = puts.has(key) && alsoAllowed?.has(key) !== true;
    if (twice || deletes.some((interval) => isInInterval(key, interval))) {
      throw etcdError("duplicate_key");
    }
    puts.add(key);
  };
  for (const { request } of ops) {
    if (request.case === "requestTxn") {
      const success = writesOf(request.value.success);
      const failure = writesOf(request.value.failure);
      success.puts.forEach((key) => addPut(key));
      failure.puts.forEach((key) => addPut(key, success.puts));
      deletes.push(...success.deletes, ...failure.deletes);
    }
  }
  for (const { request } of ops) {
    if (request.case === "requestPut") {
      addPut(keyTextFrom(request.value.key));
    }
  }
  return { puts, deletes };
}

/** True when a compare holds for every key of its interval. No key at all counts as one of all zeros, whose value equals nothing. */
function holds(store: Store, compare: Compare): boolean {
  const found = store.range(keyIntervalFrom(compare.key, compare.rangeEnd), 0n);
  if (found.length === 0) {
    return compare.target !== CompareTarget.VALUE && holdsFor(compare, undefined);
  }
  return found.every((kv) => holdsFor(compare, kv));
}

function holdsFor(compare: Compare, kv: KeyValue | undefined): boolean {
  const order = orderOf(compare, kv);
  switch (compare.result) {
    case CompareResult.EQUAL:
      return order === 0;
    case CompareResult.NOT_EQUAL:
      return order !== 0;
    case CompareResult.GREATER:
      return order > 0;
    case CompareResult.LESS:
      return order < 0;
    default:
      return false;
  }
}

function orderOf(compare: Compare, kv: KeyValue | undefined): number {
  const wanted = compare.targetUnion;
  const number = (name: "version" | "createRevision" | "modRevision" | "lease") => {
    const actual = kv?.[name] ?? 0n;
    const expected = wanted.case === name ? wanted.value : 0n;
    return actual < expected ? -1 : actual > expected ? 1 : 0;
  };
  switch (compare.target) {
    case CompareTarget.VERSION:
      return number("version");
    case CompareTarget.CREATE:
      return number("createRevision");
    case CompareTarget.MOD:
      return number("modRevision");
    case CompareTarget.LEASE:
      return number("lease");
    default:
      return Buffer.compare(kv?.value ?? new Uint8Array(), wanted.case === "value" ? wanted.value : new Uint8Array());
  }
}
