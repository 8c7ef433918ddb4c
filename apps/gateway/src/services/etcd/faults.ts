import { Code, ConnectError } from "@connectrpc/connect";

/** etcd's own status codes and texts (etcd api/v3rpc/rpctypes/error.go): clients compare the text. */
const faults = {
  empty_key: [Code.InvalidArgument, "etcdserver: key is not provided"],
  key_not_found: [Code.InvalidArgument, "etcdserver: key not found"],
  value_provided: [Code.InvalidArgument, "etcdserver: value is provided"],
  lease_provided: [Code.InvalidArgument, "etcdserver: lease is provided"],
  too_many_ops: [Code.InvalidArgument, "etcdserver: too many operations in txn request"],
  duplicate_key: [Code.InvalidArgument, "etcdserver: duplicate key given in txn request"],
  invalid_sort_option: [Code.InvalidArgument, "etcdserver: invalid sort option"],
  request_too_large: [Code.InvalidArgument, "etcdserver: request is too large"],
  compacted: [Code.OutOfRange, "etcdserver: mvcc: required revision has been compacted"],
  future_revision: [Code.OutOfRange, "etcdserver: mvcc: required revision is a future revision"],
  no_space: [Code.ResourceExhausted, "etcdserver: mvcc: database space exceeded"],
  too_many_requests: [Code.ResourceExhausted, "etcdserver: too many requests"],
  lease_not_found: [Code.NotFound, "etcdserver: requested lease not found"],
  lease_exists: [Code.FailedPrecondition, "etcdserver: lease already exists"],
  lease_ttl_too_large: [Code.OutOfRange, "etcdserver: too large lease TTL"],
  auth_not_enabled: [Code.FailedPrecondition, "etcdserver: authentication is not enabled"],
  auth_failed: [Code.InvalidArgument, "etcdserver: authentication failed, invalid user ID or password"],
  unknown_operation: [Code.InvalidArgument, "etcdserver: operation is not known"],
} as const satisfies Record<string, readonly [Code, string]>;

/** Name of a fault of the embedded registry. */
export type EtcdFault = keyof typeof faults;

/** The error a client of etcd expects for a fault. */
export function etcdError(fault: EtcdFault): ConnectError {
  const [code, text] = faults[fault];
  return new ConnectError(text, code);
}
