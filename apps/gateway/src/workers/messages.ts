import type { Instance } from "../catalog/instance.ts";
import type { CheckResult } from "../routing/check-health.ts";
import type { ProcessFigures } from "../routing/metrics.ts";
import type { TrafficCall } from "../routing/traffic.ts";

/** A part of the copy that workers have of the catalog and of the schemas: what is different since the last one. */
export interface CopyChange {
  /** New instances, and those in place of ones with the same id. */
  readonly put: readonly Instance[];
  /** Ids. */
  readonly gone: readonly string[];
  /** Names of the sources, in order of preference. */
  readonly sources: readonly string[];
  /** Schemas that are new: a FileDescriptorSet by id. Those that `known` and `configured` do not name any more may be forgotten. */
  readonly schemas: readonly (readonly [id: string, files: Uint8Array])[];
  /** Id of the schema of each group of instances: all of them. */
  readonly known: readonly (readonly [group: string, schemaId: string])[];
  /** Ids of the configured schemas, in order: all of them. */
  readonly configured: readonly string[];
}

/** The result of a health check. */
export interface Checked {
  readonly instanceId: string;
  readonly result: CheckResult;
}

/** All that a worker has to know. `Setting` is what it is composed from. */
export interface StartMessage<Setting> {
  readonly kind: "start";
  readonly setting: Setting;
  readonly copy: CopyChange;
  readonly checked: readonly Checked[];
}

/** What the lead sends. */
export type ToWorker<Setting> =
  /** First, once. */
  | StartMessage<Setting>
  /** With a connection. */
  | { readonly kind: "connection" }
  | { readonly kind: "copy"; readonly change: CopyChange }
  | { readonly kind: "checked"; readonly checked: Checked }
  /** Calls are still taken, but callers should go elsewhere. */
  | { readonly kind: "leave" }
  /** No new connections; calls under way get so long to finish, and then it ends. */
  | { readonly kind: "end"; readonly graceMs: number }
  | { readonly kind: "metrics"; readonly id: number };

/** What a worker sends. */
export type ToLead =
  /** It takes connections. */
  | { readonly kind: "ready" }
  /** Calls that ended: lines of the access log, each with its end, and traffic. */
  | { readonly kind: "ended"; readonly lines: string; readonly calls: readonly TrafficCall[] }
  | { readonly kind: "metrics"; readonly id: number; readonly metrics: ProcessFigures };
