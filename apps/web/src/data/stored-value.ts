import { get, set } from "idb-keyval";

/** A value that outlives the page, for `useSyncExternalStore`. Kept in IndexedDB; where storage is switched off it lasts as long as the page. */
export interface StoredValue<Value> {
  readonly subscribe: (listener: () => void) => () => void;
  /** The value now; the initial one until storage has answered. */
  readonly snapshot: () => Value;
  readonly update: (change: (value: Value) => Value) => void;
  /** Settles when storage has answered. Never rejects. */
  readonly loaded: Promise<void>;
}

/** Opens a stored value. `parse` reads what storage holds and answers undefined where it does not fit. */
export function createStoredValue<Value>(key: string, initial: Value, parse: (stored: unknown) => Value | undefined): StoredValue<Value> {
  const listeners = new Set<() => void>();
  let value = initial;
  let changedBeforeLoad: ((value: Value) => Value)[] | undefined = [];

  const announce = () => {
    for (const listener of listeners) listener();
  };
  const save = () => {
    // Without storage the value lasts as long as the page: nothing else to do.
    set(key, value).catch(() => undefined);
  };
  const loaded = get<unknown>(key)
    .then((stored) => (stored === undefined ? undefined : parse(stored)))
    .catch(() => undefined)
    .then((stored) => {
      const changes = changedBeforeLoad ?? [];
      changedBeforeLoad = undefined;
      if (stored !== undefined) {
        value = stored;
        for (const change of changes) value = change(value);
      }
      if (changes.length > 0) save();
      announce();
    });

  return {
    loaded,
    snapshot: () => value,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    update(change) {
      value = change(value);
      if (changedBeforeLoad) changedBeforeLoad.push(change);
      else save();
      announce();
    },
  };
}
