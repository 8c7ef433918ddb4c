/** Largest write request (keys and values) in bytes, etcd's own default. */
export const maxRequestBytes = 1.5 * 1024 * 1024;
/** Most compares or operations in one transaction, etcd's own default; nested ones count down from it. */
export const maxTxnOps = 128;
/** Most keys the embedded registry holds. */
export const maxKeys = 100_000;
/** Most bytes of keys and values with their history; old history is compacted before a write is refused. */
export const maxStoreBytes = 64 * 1024 * 1024;
/** Revisions kept before the older half is compacted without being asked. */
export const maxHistoryRevisions = 10_000;
/** Most leases at a time. */
export const maxLeases = 50_000;
/** Shortest lease in seconds: what etcd grants with its default election timeout. */
export const minLeaseTtlSeconds = 2n;
/** Longest lease in seconds, etcd's own. */
export const maxLeaseTtlSeconds = 9_000_000_000n;
/** Most watchers on one stream. */
export const maxWatchersPerStream = 1_000;
/** Events of one watch response before the next one begins; a revision is never split unless fragments were asked for. */
export const watchBatchEvents = 1_000;
/** Bytes of one fragment of a watch response. */
export const watchFragmentBytes = 1024 * 1024;
/** Quiet time after which a watcher that wants progress is told the revision, etcd's own default. */
export const progressIntervalMs = 10 * 60 * 1000;
