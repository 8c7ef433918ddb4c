import { entryPath, fieldPath, type FieldValue, isMessageValue, type Item, itemPath, type MessageValue, sameScalar } from "@rpcdeck/schema";

/** Paths of a message whose values another one, read from newer bytes, does not have or has otherwise; and of what is around them. */
export function stalePaths(shown: MessageValue, now: MessageValue): ReadonlySet<string> {
  const stale = new Set<string>();
  inMessage(shown, now, "", stale);
  return stale;
}

function inMessage(shown: MessageValue, now: MessageValue, path: string, stale: Set<string>): boolean {
  let isStale = false;
  for (const { field, value } of shown.fields.values()) {
    const at = fieldPath(path, field);
    if (inValue(value, now.fields.get(field.number)?.value, at, stale)) {
      stale.add(at);
      isStale = true;
    }
  }
  return isStale;
}

function inValue(shown: FieldValue, now: FieldValue | undefined, path: string, stale: Set<string>): boolean {
  switch (shown.kind) {
    case "single":
      return inItem(shown.item, now?.kind === "single" ? now.item : undefined, path, stale);
    case "list": {
      const others = now?.kind === "list" ? now.items : [];
      return shown.items.map((item, index) => inPlace(item, others[index], itemPath(path, index), stale)).includes(true);
    }
    case "map": {
      const others = new Map(now?.kind === "map" ? now.entries.map((entry) => [entry.key, entry.value]) : []);
      return shown.entries.map(({ key, value }) => inPlace(value, others.get(key), entryPath(path, key), stale)).includes(true);
    }
  }
}

function inPlace(shown: Item, now: Item | undefined, path: string, stale: Set<string>): boolean {
  const isStale = inItem(shown, now, path, stale);
  if (isStale) stale.add(path);
  return isStale;
}

function inItem(shown: Item, now: Item | undefined, path: string, stale: Set<string>): boolean {
  if (now === undefined) {
    // All that is in it is gone with it.
    if (isMessageValue(shown)) inMessage(shown, { ...shown, fields: new Map() }, path, stale);
    return true;
  }
  if (isMessageValue(shown)) return !isMessageValue(now) || inMessage(shown, now, path, stale);
  return isMessageValue(now) || !sameScalar(shown, now);
}
