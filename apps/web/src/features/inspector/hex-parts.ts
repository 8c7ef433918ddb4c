import type { WireIndex, WireRecord } from "@rpcdeck/wire";
import type { HexPart } from "#ui/hex-grid.tsx";

/** Parts of a message for the hex grid, `base` bytes into it; what lies before is the prefix of its frame. */
export function createHexParts(
  index: WireIndex,
  base: number,
  channelOf: (record: WireRecord) => number | undefined,
): (offset: number) => HexPart | undefined {
  const prefix: HexPart = {
    start: 0,
    end: base,
    role: "structure",
    channel: undefined,
    isUnknown: false,
    recordStart: 0,
    name: "the frame's prefix",
  };
  return (offset) => {
    if (offset < base) return prefix;
    const part = index.partAt(offset - base);
    if (part === undefined) return undefined;
    const { record, role, isContainer } = part;
    return {
      start: part.start + base,
      end: part.end + base,
      role: role === "fault" || role === "unread" ? role : isContainer ? "structure" : role === "value" ? "value" : "tag",
      channel: isContainer ? undefined : channelOf(record),
      isUnknown: index.type !== undefined && record.field === undefined && !record.isMalformed,
      recordStart: record.start + base,
      name: index.pathOf(record),
    };
  };
}
