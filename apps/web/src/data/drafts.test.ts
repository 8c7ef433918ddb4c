import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { deadlineOf } from "./draft.ts";
import { createDraftStore, parseDraft, type DraftStorage } from "./drafts.ts";

/** Storage of a browser, in memory; it holds copies. */
function memoryStorage(broken = false) {
  const held = new Map<string, unknown>();
  let writes = 0;
  const storage: DraftStorage = {
    read: () => (broken ? Promise.reject(new Error("no storage")) : Promise.resolve(structuredClone([...held]))),
    write(entries, gone) {
      if (broken) return Promise.reject(new Error("no storage"));
      writes += 1;
      for (const [key, value] of structuredClone(entries)) held.set(key, value);
      for (const key of gone) held.delete(key);
      return Promise.resolve();
    },
  };
  return { storage, held, writes: () => writes };
}

let next = 0;
const ids = () => `d${++next}`;
const hello = { service: "pb.Greeter", method: "SayHello" };

describe("drafts", () => {
  beforeEach(() => {
    next = 0;
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("survive a reload with their order, bytes and unfinished JSON text", async () => {
    const { storage } = memoryStorage();
    const first = createDraftStore(storage, ids);
    await first.loaded;
    const a = first.create(hello);
    const b = first.create({ ...hello, method: "Other", message: new Uint8Array([1, 2]) });
    first.update(a.id, { jsonText: '{"name": ' });
    first.order([b.id, a.id]);
    await vi.advanceTimersByTimeAsync(300);
    const second = createDraftStore(storage, ids);
    await second.loaded;
    expect(second.list()).toEqual([b, { ...a, jsonText: '{"name": ' }]);
    expect(deadlineOf(a, false)).toBe(15_000);
    expect(deadlineOf(a, true)).toBeUndefined();
    expect(deadlineOf({ deadlineChosen: true, deadlineMs: 7 }, true)).toBe(7);
  });

  it("are written once for many keys, and at once by flush", async () => {
    const { storage, writes, held } = memoryStorage();
    const store = createDraftStore(storage, ids);
    const { id } = store.create(hello);
    for (const text of ["a", "ab", "abc"]) store.update(id, { jsonText: text });
    await vi.advanceTimersByTimeAsync(299);
    expect(writes()).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(writes()).toBe(1);
    store.update(id, { jsonText: "abcd" });
    await store.flush();
    expect(held.get(id)).toMatchObject({ jsonText: "abcd" });
  });

  it("that are removed stay away, also when storage answers after that", async () => {
    const { storage } = memoryStorage();
    const first = createDraftStore(storage, ids);
    const { id } = first.create(hello);
    await first.flush();
    const second = createDraftStore(storage, ids);
    second.remove(id);
    await second.loaded;
    expect(second.list()).toEqual([]);
    await second.flush();
    const third = createDraftStore(storage, ids);
    await third.loaded;
    expect(third.list()).toEqual([]);
  });

  it("open the draft there is for a method, else a new one", async () => {
    const store = createDraftStore(memoryStorage().storage, ids);
    const a = store.open(hello);
    expect(store.open(hello)).toBe(a);
    expect(store.open({ ...hello, target: "grpc://x:1" }).id).not.toBe(a.id);
    await store.flush();
  });

  it("last as long as the page where storage is off", async () => {
    const store = createDraftStore(memoryStorage(true).storage, ids);
    const { id } = store.create(hello);
    await store.loaded;
    await store.flush();
    expect(store.get(id)).toBeDefined();
  });

  it("are read with care", () => {
    const held = { id: "a", service: "s", method: "m" };
    expect(parseDraft({ ...held, lastGood: new Uint8Array([8, 7]) })?.lastGood).toEqual(new Uint8Array([8, 7]));
    expect(parseDraft({ ...held, lastGood: "0807" })?.lastGood).toBeUndefined();
    expect(parseDraft("x")).toBeUndefined();
    expect(parseDraft({ id: "a", service: "s" })).toBeUndefined();
    expect(parseDraft({ id: "a", service: "s", method: "m", protocol: "soap", deadlineMs: -1, metadata: [{ name: 1 }] })).toMatchObject({
      protocol: "connect",
      codec: "proto",
      deadlineMs: undefined,
      metadata: [],
    });
  });
});
