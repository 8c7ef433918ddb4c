import { createStore, entries, promisifyRequest } from "idb-keyval";
import { useSyncExternalStore } from "react";
import { maxHedgeMs, messageEncodings, type Draft, type MetadataEntry } from "./draft.ts";

/** A change is written this long after it, so that typing does not write at every key. */
const saveDelayMs = 300;

const orderKey = "order";

/** What a new draft may be given. */
export type DraftInit = Pick<Draft, "service" | "method"> & Partial<Omit<Draft, "id">>;

/** Where drafts are kept between visits. */
export interface DraftStorage {
  read(): Promise<readonly (readonly [key: string, value: unknown])[]>;
  write(entries: readonly (readonly [key: string, value: unknown])[], gone: readonly string[]): Promise<void>;
}

/** Everything the user has typed for calls: one draft a tab, in the tabs' order. Outlives the page. */
export interface DraftStore {
  /** Makes a draft at the end of the list. */
  create(init: DraftInit): Draft;
  /** The newest draft of this method and target, or a new one. */
  open(init: DraftInit): Draft;
  update(id: string, change: Partial<Omit<Draft, "id">>): void;
  remove(id: string): void;
  /** In the order of the tabs; the same array until something changes. */
  readonly list: () => readonly Draft[];
  get(id: string): Draft | undefined;
  /** Puts the tabs in this order. Ids it leaves out stay behind. */
  order(ids: readonly string[]): void;
  readonly subscribe: (listener: () => void) => () => void;
  /** True once storage has answered. */
  readonly isLoaded: () => boolean;
  /** Settles when storage has answered. Never rejects. */
  readonly loaded: Promise<void>;
  /** Writes what is not written yet. */
  flush(): Promise<void>;
}

/** Drafts kept in `storage`. */
export function createDraftStore(storage: DraftStorage, randomId: () => string = shortId): DraftStore {
  const listeners = new Set<() => void>();
  let drafts: readonly Draft[] = [];
  let isLoaded = false;
  const dirty = new Set<string>();
  const gone = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const set = (next: readonly Draft[], changed: string) => {
    drafts = next;
    dirty.add(changed);
    timer ??= setTimeout(() => void flush(), saveDelayMs);
    for (const listener of listeners) listener();
  };

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    if (dirty.size === 0 && gone.size === 0) return;
    const changed = drafts.filter((draft) => dirty.has(draft.id)).map((draft): [string, unknown] => [draft.id, draft]);
    const removed = [...gone];
    dirty.clear();
    gone.clear();
    // Without storage drafts last as long as the page: nothing else to do.
    await storage.write([...changed, [orderKey, drafts.map((draft) => draft.id)]], removed).catch(() => undefined);
  };

  const loaded = storage
    .read()
    .catch(() => [])
    .then((stored) => {
      const known = new Map(stored);
      const order = known.get(orderKey);
      const ids: unknown[] = Array.isArray(order) ? order : [];
      const read = stored.map(([, value]) => parseDraft(value)).filter((draft) => draft !== undefined);
      const sorted = read.toSorted((a, b) => place(ids, a.id) - place(ids, b.id));
      const fresh = new Set(drafts.map((draft) => draft.id));
      drafts = [...sorted.filter((draft) => !fresh.has(draft.id) && !gone.has(draft.id)), ...drafts];
      isLoaded = true;
      for (const listener of listeners) listener();
    });

  const create = (init: DraftInit): Draft => {
    const draft: Draft = { ...blank, ...init, id: randomId() };
    set([...drafts, draft], draft.id);
    return draft;
  };

  return {
    create,
    open: (init) =>
      drafts.findLast((draft) => draft.service === init.service && draft.method === init.method && draft.target === init.target) ??
      create(init),
    update(id, change) {
      if (!drafts.some((draft) => draft.id === id)) return;
      set(
        drafts.map((draft) => (draft.id === id ? { ...draft, ...change } : draft)),
        id,
      );
    },
    remove(id) {
      gone.add(id);
      set(
        drafts.filter((draft) => draft.id !== id),
        id,
      );
    },
    list: () => drafts,
    get: (id) => drafts.find((draft) => draft.id === id),
    order(ids) {
      set(
        drafts.toSorted((a, b) => place(ids, a.id) - place(ids, b.id)),
        orderKey,
      );
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isLoaded: () => isLoaded,
    loaded,
    flush,
  };
}

const blank: Omit<Draft, "id" | "service" | "method"> = {
  target: undefined,
  schemaId: undefined,
  protocol: "connect",
  codec: "proto",
  message: new Uint8Array(),
  jsonText: undefined,
  lastGood: undefined,
  metadata: [],
  deadlineMs: undefined,
  deadlineChosen: false,
  encoding: "",
  select: undefined,
  fail: undefined,
  hedgeMs: undefined,
  useGet: false,
};

/** The page's drafts. */
export const drafts = createDraftStore(indexedDbStorage());

if (typeof document !== "undefined") {
  addEventListener("pagehide", () => void drafts.flush());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") void drafts.flush();
  });
}

/** The drafts in the order of their tabs. */
export function useDrafts(): readonly Draft[] {
  return useSyncExternalStore(drafts.subscribe, drafts.list);
}

/** The draft with this id; undefined where there is none. */
export function useDraft(id: string | undefined): Draft | undefined {
  return useSyncExternalStore(drafts.subscribe, () => (id === undefined ? undefined : drafts.get(id)));
}

/** True once the drafts of earlier visits are here. */
export function useDraftsLoaded(): boolean {
  return useSyncExternalStore(drafts.subscribe, drafts.isLoaded);
}

/** What storage holds as a draft; undefined where it is none. What is missing gets its usual value. */
export function parseDraft(stored: unknown): Draft | undefined {
  if (typeof stored !== "object" || stored === null) return undefined;
  const has = stored as Partial<Record<keyof Draft, unknown>>;
  if (typeof has.id !== "string" || typeof has.service !== "string" || typeof has.method !== "string") return undefined;
  return {
    id: has.id,
    service: has.service,
    method: has.method,
    target: textOf(has.target),
    schemaId: textOf(has.schemaId),
    protocol: has.protocol === "grpc-web" || has.protocol === "grpc" ? has.protocol : "connect",
    codec: has.codec === "json" ? "json" : "proto",
    message: has.message instanceof Uint8Array ? has.message : new Uint8Array(),
    jsonText: textOf(has.jsonText),
    lastGood: has.lastGood instanceof Uint8Array ? has.lastGood : undefined,
    metadata: Array.isArray(has.metadata) ? has.metadata.filter(isMetadataEntry) : [],
    deadlineChosen: has.deadlineChosen === true,
    deadlineMs: typeof has.deadlineMs === "number" && has.deadlineMs > 0 ? has.deadlineMs : undefined,
    encoding: messageEncodings.find((encoding) => encoding === has.encoding) ?? "",
    select: textOf(has.select),
    fail: textOf(has.fail),
    hedgeMs: typeof has.hedgeMs === "number" && has.hedgeMs > 0 && has.hedgeMs <= maxHedgeMs ? has.hedgeMs : undefined,
    useGet: has.useGet === true,
  };
}

function isMetadataEntry(value: unknown): value is MetadataEntry {
  if (typeof value !== "object" || value === null) return false;
  const { name, value: text, enabled } = value as Partial<Record<keyof MetadataEntry, unknown>>;
  return typeof name === "string" && typeof text === "string" && typeof enabled === "boolean";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function place(ids: readonly unknown[], id: string): number {
  const at = ids.indexOf(id);
  return at === -1 ? Number.POSITIVE_INFINITY : at;
}

function shortId(): string {
  return crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36).padStart(7, "0") ?? "0";
}

function indexedDbStorage(): DraftStorage {
  let store: ReturnType<typeof createStore> | undefined;
  const open = () => (store ??= createStore("rpcdeck", "drafts"));
  return {
    async read() {
      if (typeof indexedDB === "undefined") return [];
      return (await entries<string, unknown>(open())).map(([key, value]) => [key, value]);
    },
    async write(changed, removed) {
      if (typeof indexedDB === "undefined") return;
      await open()("readwrite", (store) => {
        for (const [key, value] of changed) store.put(value, key);
        for (const key of removed) store.delete(key);
        // At once: a page that goes away is not there any more when the answers come, and would lose what was not committed.
        store.transaction.commit();
        return promisifyRequest(store.transaction);
      });
    },
  };
}
