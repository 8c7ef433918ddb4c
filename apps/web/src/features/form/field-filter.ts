import { entryPath, fieldPath, fieldRows, isMessageValue, type Item, itemPath, type MessageValue } from "@rpcdeck/schema";

/** Places that are looked at for one query; in larger messages the rest is not searched. */
const maxPlaces = 50_000;

/** Which fields a query leaves. */
export interface FieldFilter {
  /** True for a field that matches, is inside one that does, or has one inside. */
  readonly isShown: (path: string) => boolean;
  /** True for a place that has matches inside and is none itself: it stands open. */
  readonly isOnWay: (path: string) => boolean;
  readonly matchCount: number;
}

/** Fields whose path has the query in it, whatever the case: those of the schema on the top level, and all that is set below. */
export function createFieldFilter(tree: MessageValue, query: string): FieldFilter {
  const wanted = query.trim().toLowerCase();
  const onWay = new Set<string>();
  let left = maxPlaces;
  let matchCount = 0;
  const isMatch = (path: string) => path.toLowerCase().includes(wanted);

  const inMessage = (message: MessageValue, path: string): boolean => {
    let isFound = false;
    const seen = new Set<string>();
    for (const { field, value } of message.fields.values()) {
      const at = fieldPath(path, field);
      seen.add(at);
      if (isMatch(at)) {
        matchCount++;
        isFound = true;
        continue;
      }
      const items: readonly (readonly [string, Item])[] =
        value.kind === "single"
          ? [[at, value.item]]
          : value.kind === "list"
            ? value.items.map((item, index) => [itemPath(at, index), item] as const)
            : value.entries.map(({ key, value: item }) => [entryPath(at, key), item] as const);
      for (const [place, item] of items) {
        if (left-- <= 0) break;
        const isHere = isMatch(place);
        if (isHere) matchCount++;
        if (!isHere && !(isMessageValue(item) && inMessage(item, place))) continue;
        if (!isHere) onWay.add(place);
        onWay.add(at);
        isFound = true;
      }
    }
    for (const row of fieldRows(message.desc)) {
      for (const { field } of row.kind === "field" ? [row.field] : row.members) {
        const at = fieldPath(path, field);
        if (seen.has(at) || !isMatch(at)) continue;
        matchCount++;
        isFound = true;
      }
    }
    return isFound;
  };
  inMessage(tree, "");
  return { isShown: (path) => isMatch(path) || onWay.has(path), isOnWay: (path) => onWay.has(path), matchCount };
}
