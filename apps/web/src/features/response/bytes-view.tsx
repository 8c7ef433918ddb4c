import { useState } from "react";
import { bytesText } from "#lib/format.ts";
import { HexGrid } from "#ui/hex-grid.tsx";
import s from "./response.module.css";

/** The bytes of the answer's message, after decompression and without framing. The wire inspector below has them as they went over the wire. */
export function BytesView({ bytes, label }: { bytes: Uint8Array; label: string }) {
  const [caret, setCaret] = useState<{ at: number; anchor: number }>();
  return (
    <div className={s.body}>
      <HexGrid
        label={label}
        bytes={bytes}
        selected={
          caret && caret.at !== caret.anchor
            ? { start: Math.min(caret.at, caret.anchor), end: Math.max(caret.at, caret.anchor) + 1 }
            : undefined
        }
        caret={caret?.at}
        anchor={caret?.anchor}
        onCaret={(at, extending) => {
          setCaret({ at, anchor: extending ? (caret?.anchor ?? at) : at });
        }}
        empty="No bytes: empty message"
      />
      <p className={s.foot}>{bytesText(bytes.length)}, decompressed and without framing</p>
    </div>
  );
}
