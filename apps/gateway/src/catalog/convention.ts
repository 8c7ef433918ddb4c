import type { Instance, RawRecord } from "./instance.ts";

/** How one framework writes itself into a key-value registry. One file per framework under `conventions/`. Pure. */
export interface Convention {
  /** "rpcx", "grpc-naming", "go-micro", ... */
  readonly name: string;
  /** How surely a record is of this convention: 0 no, 1 by the shape of its value, 2 by its key root. The highest wins. */
  detect(record: RawRecord): 0 | 1 | 2;
  /** The instances in a record; empty for records that carry none, such as rpcx base keys. `source` is the source's name. */
  toInstances(record: RawRecord, source: string): readonly Instance[];
}
