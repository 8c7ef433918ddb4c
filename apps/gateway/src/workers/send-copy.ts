import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { CatalogView } from "../catalog/catalog-view.ts";
import type { Instance } from "../catalog/instance.ts";
import { groupOf } from "../catalog/instance-group.ts";
import type { SchemaStore } from "../schema/schema-store.ts";
import type { StoredSchema } from "../schema/stored-schema.ts";
import type { CopyChange } from "./messages.ts";

/** Changes of the catalog and of the schemas are sent together after this time, in milliseconds. */
const copyDelayMs = 20;

/** The lead's side of the copy that workers have. */
export interface SentCopy {
  /** All of what was sent so far, for a worker that is new. */
  whole(): CopyChange;
  close(): void;
}

/** What there is to copy, at one moment. */
interface State {
  readonly instances: ReadonlyMap<string, Instance>;
  readonly sources: readonly string[];
  readonly known: ReadonlyMap<string, StoredSchema>;
  readonly configured: readonly StoredSchema[];
}

/** Follows catalog and schemas; `onChange` is given what is different since the last time. */
export function sendCopy(
  catalog: Pick<CatalogView, "all" | "onChange">,
  store: Pick<SchemaStore, "known" | "configured" | "onChange">,
  onChange: (change: CopyChange) => void,
): SentCopy {
  let sent = stateOf(catalog, store);
  let timer: NodeJS.Timeout | undefined;
  const touch = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      const now = stateOf(catalog, store);
      const change = changeBetween(sent, now);
      sent = now;
      if (change !== undefined) onChange(change);
    }, copyDelayMs);
  };
  const stops = [catalog.onChange(touch), store.onChange(touch)];
  return {
    whole: () => changeFrom(nothing, sent),
    close() {
      clearTimeout(timer);
      for (const stop of stops) stop();
    },
  };
}

const nothing: State = { instances: new Map(), sources: [], known: new Map(), configured: [] };

function stateOf(catalog: Pick<CatalogView, "all">, store: Pick<SchemaStore, "known" | "configured">): State {
  const all = catalog.all();
  const known = new Map<string, StoredSchema>();
  for (const instance of all) {
    const of = instance.protocol === "local" ? undefined : store.known(instance);
    if (of?.kind === "known") known.set(groupOf(instance), of.schema);
  }
  return {
    instances: new Map(all.map((instance) => [instance.id, instance])),
    sources: [...new Set(all.map(({ source }) => source))],
    known,
    configured: store.configured,
  };
}

function changeBetween(before: State, now: State): CopyChange | undefined {
  const change = changeFrom(before, now);
  const isSame =
    change.put.length + change.gone.length === 0 &&
    now.configured === before.configured &&
    now.known.size === before.known.size &&
    [...now.known].every(([group, schema]) => before.known.get(group) === schema);
  return isSame ? undefined : change;
}

function changeFrom(before: State, now: State): CopyChange {
  const had = schemasIn(before);
  return {
    // The registry's own record is for people to look at.
    put: [...now.instances.values()].filter((each) => before.instances.get(each.id) !== each).map((each) => ({ ...each, raw: undefined })),
    gone: [...before.instances.keys()].filter((id) => !now.instances.has(id)),
    sources: now.sources,
    schemas: [...schemasIn(now).values()].filter(({ id }) => !had.has(id)).map(({ id, files }) => [id, bytesOf(files)]),
    known: Array.from(now.known, ([group, { id }]) => [group, id]),
    configured: now.configured.map(({ id }) => id),
  };
}

function schemasIn({ known, configured }: State): ReadonlyMap<string, StoredSchema> {
  return new Map([...known.values(), ...configured].map((schema) => [schema.id, schema]));
}

function bytesOf(files: StoredSchema["files"]): Uint8Array {
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [...files] }));
}
