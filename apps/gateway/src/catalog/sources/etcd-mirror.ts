import { Event_EventType as EventType, type Event, type KeyValue } from "@rpcdeck/protocol/etcd/kv_pb.ts";
import { type ReadRecord, readRecord } from "../conventions/conventions.ts";
import type { SourceSnapshot } from "../source.ts";

/** A key that went away, and the instances that went with it. */
export interface DeletedKey {
  readonly lease: bigint;
  readonly revision: bigint;
  readonly instanceIds: readonly string[];
}

/** Our copy of the keys of an etcd, read as instances. */
export interface EtcdMirror {
  /** True before the first `replace` and after `forget`. */
  isEmpty(): boolean;
  revision(): bigint;
  clusterId(): bigint;
  /** Everything has to be read again; the instances stay until then. */
  forget(): void;
  replace(kvs: readonly KeyValue[], revision: bigint, clusterId: bigint): void;
  /** Takes changes in; answers which keys went away. */
  apply(events: readonly Event[]): readonly DeletedKey[];
  /** Nothing happened up to this revision. */
  sawRevision(revision: bigint): void;
  snapshot(removals: SourceSnapshot["removals"]): SourceSnapshot;
}

/** An empty copy; `name` is the source's. */
export function createEtcdMirror(name: string): EtcdMirror {
  let records = new Map<string, ReadRecord>();
  let revision = 0n;
  let cluster = 0n;
  const read = (kv: KeyValue): ReadRecord =>
    readRecord(
      {
        key: keyText(kv.key),
        value: kv.value,
        createRevision: kv.createRevision,
        modRevision: kv.modRevision,
        version: kv.version,
        lease: kv.lease,
        convention: "",
      },
      name,
    );
  return {
    isEmpty: () => revision === 0n,
    revision: () => revision,
    clusterId: () => cluster,
    forget() {
      revision = 0n;
    },
    replace(kvs, at, clusterId) {
      records = new Map(kvs.map((kv) => [keyText(kv.key), read(kv)]));
      revision = at;
      cluster = clusterId;
    },
    /** Takes changes in; answers which keys went away. */
    apply(events) {
      const deleted: DeletedKey[] = [];
      for (const { type, kv, prevKv } of events) {
        if (kv === undefined) {
          continue;
        }
        const key = keyText(kv.key);
        if (type === EventType.DELETE) {
          const before = records.get(key);
          if (before !== undefined) {
            const lease = prevKv?.lease ?? before.record.lease;
            deleted.push({ lease, revision: kv.modRevision, instanceIds: before.instances.map(({ id }) => id) });
          }
          records.delete(key);
        } else {
          records.set(key, read(kv));
        }
        revision = kv.modRevision > revision ? kv.modRevision : revision;
      }
      return deleted;
    },
    sawRevision(at) {
      revision = at > revision ? at : revision;
    },
    snapshot(removals) {
      const all = [...records.values()];
      return {
        instances: all.flatMap(({ instances }) => instances),
        revision,
        removals,
        unread: all.filter(({ record }) => record.convention === "").length,
      };
    },
  };
}

/** A key as text; bytes that are no UTF-8 come out as one escape each, so that different keys stay different. */
function keyText(key: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(key);
  } catch {
    return [...key]
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`))
      .join("");
  }
}
