import { channelFor } from "@rpcdeck/schema";
import type { WireIndex, WireRecord } from "@rpcdeck/wire";

/** Gives records their channel, 1 to 8: the schema's, and where there is none the field number's. Containers have none. */
export function createChannels(index: WireIndex): (record: WireRecord) => number | undefined {
  const known = new Map<string, number>();
  return (record) => {
    if (record.field === undefined) return index.type === undefined && record.number > 0 ? byNumber(record.number) : undefined;
    const names: string[] = [];
    for (let current: WireRecord | undefined = record; current !== undefined; current = current.level.parent) {
      const { level, field, number } = current;
      if (level.kind !== "message" || level.table?.isMapEntry === true) continue;
      names.unshift(field?.name ?? `#${number}`);
    }
    const path = names.join(".");
    const cached = known.get(path);
    if (cached !== undefined) return cached;
    const channel = (index.type === undefined ? undefined : channelFor(index.type, path)) ?? byNumber(record.number);
    known.set(path, channel);
    return channel;
  };
}

function byNumber(number: number): number {
  return ((number - 1) % 8) + 1;
}
