import { createFileRegistry, type FileRegistry } from "@bufbuild/protobuf";
import type { Header, MethodKind } from "@rpcdeck/frames";
import type { Instance } from "../catalog/instance.ts";
import type { OpenDuplex } from "../net/duplex.ts";
import { groupOf } from "../catalog/instance-group.ts";
import { type Reflection, type ReflectionLimits, reflect } from "./reflection-client.ts";
import type { MethodSchema, SchemaView } from "./schema-view.ts";
import { createStoredSchema, type StoredSchema } from "./stored-schema.ts";

/** What is known about an instance's services. */
export type InstanceSchema =
  | { readonly kind: "known"; readonly services: readonly string[]; readonly schema: StoredSchema }
  | {
      readonly kind: "unknown";
      /** "unreachable" is worth another try; the others say what they say until somebody asks to reload. */
      readonly reason: "unreachable" | "unsupported" | "refused" | "broken";
      /** For unreachable: the fault that calls end with as well. */
      readonly fault?: "target_unreachable" | "target_forbidden" | undefined;
      /** One line for people. */
      readonly problem: string;
    };

/** Every schema the gateway knows, by id, and which instance has which. Bounded. */
export interface SchemaStore extends SchemaView {
  /** What is compiled into the gateway. */
  readonly builtIn: StoredSchema;
  /** From --proto and --descriptor-set, in their order. */
  readonly configured: readonly StoredSchema[];
  /** Replaces the configured schemas. */
  setConfigured(schemas: readonly StoredSchema[]): void;
  byId(id: string): StoredSchema | undefined;
  /** Keeps a schema; one of the same content is kept once. */
  add(schema: StoredSchema): StoredSchema;
  /** What was learned so far about an instance, or about another of its group. */
  known(instance: Instance): InstanceSchema | undefined;
  /** Asks the instance by reflection now; concurrent askers share one reflection. Never rejects. */
  learn(instance: Instance, metadata?: readonly Header[]): Promise<InstanceSchema>;
  /** Forgets what was learned about these instances and their groups; about all when none are given. */
  forget(instances?: readonly Instance[]): void;
  /** In a worker: puts what the lead learned, the schema of each group of instances, in place of all that was learned here. */
  replaceLearned(byGroup: ReadonlyMap<string, StoredSchema>): void;
  /** Called after each change; returns the way to stop. */
  onChange(listener: () => void): () => void;
}

/** What the store needs. */
export interface SchemaStoreOptions {
  readonly builtIn: StoredSchema;
  readonly open: OpenDuplex;
  /** Default 256. Schemas of configured and catalogued instances come on top. */
  readonly maxSchemas?: number;
  /** Default 64 MiB, as bytes of descriptors. */
  readonly maxBytes?: number;
  readonly limits?: ReflectionLimits;
  /** Time for which a failed reflection of a typed target is not repeated, in milliseconds. Default 3,000. */
  readonly retryAfterMs?: number;
  /** Aborted when the gateway ends. */
  readonly signal: AbortSignal;
}

/** Groups of instances that are remembered; the least lately used is forgotten first. */
const maxGroups = 4_096;

const kinds: Readonly<Record<string, MethodKind>> = {
  unary: "unary",
  server_streaming: "server-stream",
  client_streaming: "client-stream",
  bidi_streaming: "bidi",
};

/** An empty store around the built-in schema. */
export function createSchemaStore(options: SchemaStoreOptions): SchemaStore {
  const { builtIn, maxSchemas = 256, maxBytes = 64 * 1024 * 1024, retryAfterMs = 3_000 } = options;
  /** Least lately used first. */
  const schemas = new Map<string, StoredSchema>();
  const learned = new Map<string, { readonly of: InstanceSchema; readonly from: string; readonly atMs: number }>();
  const learning = new Map<string, { readonly of: Promise<InstanceSchema>; readonly from: string }>();
  const listeners = new Set<() => void>();
  let configured: readonly StoredSchema[] = [];
  let methods = new WeakMap<StoredSchema, Map<string, MethodSchema>>();
  let registries = new WeakMap<StoredSchema, FileRegistry>();

  function changed(): void {
    for (const listener of listeners) listener();
  }

  function methodIn(schema: StoredSchema, path: string): MethodSchema | undefined {
    let known = methods.get(schema);
    if (known === undefined) methods.set(schema, (known = new Map()));
    let found = known.get(path);
    if (found === undefined) {
      const slash = path.lastIndexOf("/");
      const method = schema.registry.getService(path.slice(1, slash))?.methods.find((each) => each.name === path.slice(slash + 1));
      if (method === undefined) return undefined;
      found = { kind: kinds[method.methodKind] ?? "bidi", method, registry: registryFor(schema) };
      known.set(path, found);
    }
    return found;
  }

  /** The schema's own types win; those of configured schemas, which are the user's own, are there for Any and details. */
  function registryFor(schema: StoredSchema): FileRegistry {
    const others = configured.filter((each) => each !== schema);
    if (others.length === 0) return schema.registry;
    let registry = registries.get(schema);
    if (registry === undefined) {
      registry = createFileRegistry(...others.map((each) => each.registry), schema.registry);
      registries.set(schema, registry);
    }
    return registry;
  }

  function schemaOf(instance: Instance): StoredSchema | undefined {
    if (instance.protocol === "local") return builtIn;
    const found = learned.get(groupOf(instance))?.of;
    return found?.kind === "known" ? found.schema : undefined;
  }

  function methodNow(path: string, instance: Instance, uploadedId: string | undefined): MethodSchema | undefined {
    const own = schemaOf(instance);
    const inOwn = own === undefined ? undefined : methodIn(own, path);
    if (inOwn !== undefined) return inOwn;
    const uploaded = uploadedId === undefined ? undefined : byId(uploadedId);
    const inUploaded = uploaded === undefined ? undefined : methodIn(uploaded, path);
    if (inUploaded !== undefined) return inUploaded;
    for (const schema of configured) {
      const found = methodIn(schema, path);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  function byId(id: string): StoredSchema | undefined {
    const found = schemas.get(id);
    if (found !== undefined) {
      schemas.delete(id);
      schemas.set(id, found);
      return found;
    }
    return id === builtIn.id ? builtIn : configured.find((schema) => schema.id === id);
  }

  function add(schema: StoredSchema): StoredSchema {
    const known = byId(schema.id);
    if (known !== undefined) return known;
    schemas.set(schema.id, schema);
    evict();
    return schema;
  }

  /** Drops what was used least lately and what no instance has, until the rest fits. */
  function evict(): void {
    let size = 0;
    for (const schema of schemas.values()) size += schema.size;
    if (schemas.size <= maxSchemas && size <= maxBytes) return;
    const inUse = new Set([...learned.values()].map(({ of }) => (of.kind === "known" ? of.schema.id : "")));
    const newest = [...schemas.keys()].at(-1);
    for (const [id, schema] of schemas) {
      if (schemas.size <= maxSchemas && size <= maxBytes) return;
      if (id === newest || inUse.has(id)) continue;
      schemas.delete(id);
      size -= schema.size;
    }
  }

  function note(instance: Instance, of: InstanceSchema): void {
    const group = groupOf(instance);
    learned.delete(group);
    learned.set(group, { of, from: instance.id, atMs: performance.now() });
    const oldest = learned.size > maxGroups ? learned.keys().next().value : undefined;
    if (oldest !== undefined) learned.delete(oldest);
    changed();
  }

  function learn(instance: Instance, metadata: readonly Header[] = []): Promise<InstanceSchema> {
    const group = groupOf(instance);
    const running = learning.get(group);
    if (running === undefined) {
      const started = learnNow(instance, metadata).finally(() => learning.delete(group));
      learning.set(group, { of: started, from: instance.id });
      return started;
    }
    if (running.from === instance.id) return running.of;
    // What one replica says holds for all; that it could not be asked says nothing about the others.
    return running.of.then((of) => (of.kind === "known" ? of : learn(instance, metadata)));
  }

  async function learnNow(instance: Instance, metadata: readonly Header[]): Promise<InstanceSchema> {
    const { open, signal, limits } = options;
    const result = await reflect(instance, { open, metadata, signal, ...(limits === undefined ? {} : { limits }) });
    const of = instanceSchemaFrom(result, add);
    note(instance, of);
    return of;
  }

  return {
    builtIn,
    get configured() {
      return configured;
    },
    setConfigured(given) {
      configured = given;
      methods = new WeakMap();
      registries = new WeakMap();
      changed();
    },
    byId,
    add,
    known: (instance) =>
      instance.protocol === "local"
        ? { kind: "known", services: instance.services ?? [], schema: builtIn }
        : learned.get(groupOf(instance))?.of,
    learn,
    forget(instances) {
      for (const group of instances?.map(groupOf) ?? [...learned.keys()]) learned.delete(group);
      changed();
    },
    replaceLearned(byGroup) {
      learned.clear();
      const atMs = performance.now();
      for (const [group, schema] of byGroup) {
        learned.set(group, { of: { kind: "known", services: schema.services, schema }, from: "", atMs });
      }
      changed();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    methodNow,
    isKept: (id) => byId(id) !== undefined,
    async method(path, instance, uploadedId, metadata) {
      const found = methodNow(path, instance, uploadedId);
      if (found !== undefined) return found;
      if (instance.protocol === "local") return { problem: `the gateway has no ${path.slice(1)}` };
      const before = learned.get(groupOf(instance));
      const isFresh =
        before !== undefined &&
        (before.of.kind === "known" || (before.from === instance.id && performance.now() - before.atMs < retryAfterMs));
      const of = isFresh ? before.of : await learn(instance, metadata);
      const after = methodNow(path, instance, uploadedId);
      if (after !== undefined) return after;
      if (of.kind === "unknown") return { problem: of.problem, fault: of.fault };
      return { problem: `reflection of ${instance.address} does not know ${path.slice(1)}` };
    },
  };
}

/** What a reflection says about its instance; the schema is kept with `add`. */
export function instanceSchemaFrom(result: Reflection, add: (schema: StoredSchema) => StoredSchema): InstanceSchema {
  if (result.kind === "failed") {
    const { reason, problem, code } = result;
    const fault = reason !== "unreachable" ? undefined : code === 7 ? "target_forbidden" : "target_unreachable";
    return { kind: "unknown", reason, problem, fault };
  }
  const sourced = result.files.map((file) => ({ file, provenance: result.provenance }));
  return { kind: "known", services: result.services, schema: add(createStoredSchema(sourced, result.problems)) };
}
