import { useState } from "react";
import { HexGrid, type HexPart } from "./hex-grid.tsx";

const states = Uint8Array.from(
  "0a 04 64 65 63 6b 10 00 22 0d 0a 02 31 39 9a 06 02 7f 32 01 61 38 01 4a 02 01 02 52 01 78 22 ff 31 39".split(" "),
  (byte) => Number.parseInt(byte, 16),
);

const parts: readonly HexPart[] = (
  [
    [0, 2, "tag", 1, 0],
    [2, 6, "value", 1, 0],
    [6, 7, "tag", 2, 6],
    [7, 8, "value", 2, 6],
    [8, 10, "structure", undefined, 8],
    [10, 12, "tag", 3, 10],
    [12, 14, "value", 3, 10],
    [14, 17, "tag", undefined, 14],
    [17, 18, "value", undefined, 14],
    [18, 20, "tag", 4, 18],
    [20, 21, "value", 4, 18],
    [21, 22, "tag", 5, 21],
    [22, 23, "value", 5, 21],
    [23, 25, "tag", 6, 23],
    [25, 27, "value", 7, 23],
    [27, 29, "tag", 8, 27],
    [29, 30, "value", 8, 27],
    [30, 31, "tag", undefined, 30],
    [31, 32, "fault", undefined, 30],
    [32, 34, "unread", undefined, 30],
  ] as const
).map(([start, end, role, channel, recordStart]) => ({
  start,
  end,
  role,
  channel,
  recordStart,
  isUnknown: recordStart === 14,
  name: `field at ${recordStart}`,
}));

/** Every look of a byte: tag, value, all channels, head, unknown, malformed, selected over a wrap, edited. */
export function States() {
  const [caret, setCaret] = useState<{ at: number; anchor: number }>({ at: 12, anchor: 12 });
  const [near, setNear] = useState<number | undefined>(undefined);
  const partAt = (offset: number) => parts.find((part) => offset >= part.start && offset < part.end);
  const rangeOf = (offset: number | undefined) => {
    const part = offset === undefined ? undefined : partAt(offset);
    const own = parts.filter((each) => each.recordStart === part?.recordStart);
    return part === undefined ? undefined : { start: part.recordStart, end: own.at(-1)?.end ?? part.end };
  };
  return (
    <HexGrid
      label="Bytes in every state"
      bytes={states}
      partAt={partAt}
      selected={rangeOf(caret.at)}
      near={rangeOf(near)}
      caret={caret.at}
      anchor={caret.anchor}
      onCaret={(at, isExtending) => {
        setCaret({ at, anchor: isExtending ? caret.anchor : at });
      }}
      onHover={setNear}
      isEdited={(offset) => offset === 7}
    />
  );
}

/** A hundred million bytes; only the rows in sight exist. */
export function Large({ size = 100_000_000 }: { size?: number }) {
  const [bytes] = useState(() => {
    const made = new Uint8Array(size);
    for (let at = 0; at < size; at += 4096) made[at] = at >>> 12;
    return made;
  });
  const [caret, setCaret] = useState({ at: 0, anchor: 0 });
  return (
    <div style={{ display: "grid", blockSize: 240 }}>
      <HexGrid
        label="Large"
        bytes={bytes}
        selected={undefined}
        caret={caret.at}
        anchor={caret.anchor}
        onCaret={(at, isExtending) => {
          setCaret({ at, anchor: isExtending ? caret.anchor : at });
        }}
      />
    </div>
  );
}

export function Empty() {
  return <HexGrid label="Empty" bytes={new Uint8Array()} selected={undefined} caret={undefined} onCaret={() => undefined} />;
}
