import { useState, type ReactNode } from "react";
import { IconButton } from "#ui/button.tsx";
import { hexOf } from "#lib/hex-of.ts";
import { Input } from "#ui/input.tsx";
import { Segmented } from "#ui/segmented.tsx";
import type { WireView } from "./use-wire-view.ts";
import s from "./wire-dock.module.css";

/** Tools over the bytes: which part a narrow place shows, an offset to go to, and copying. */
export function WireTools({ view, children }: { view: WireView; children?: ReactNode }) {
  const [offsetText, setOffsetText] = useState("");
  const { hex, range } = view;
  return (
    <div className={s.tools}>
      <div className={s.part}>
        <Segmented
          label="Part of the inspector"
          size="sm"
          segments={[
            { id: "bytes", label: "Bytes" },
            { id: "tree", label: "Tree" },
          ]}
          selected={view.part}
          onSelect={view.setPart}
        />
      </div>
      <Input
        label="Go to offset"
        placeholder="Go to offset"
        size="sm"
        className={s.goto}
        value={offsetText}
        onChange={setOffsetText}
        onKeyDown={(event) => {
          if (event.key === "Enter") view.goTo(offsetText);
        }}
      />
      <IconButton
        label={range === undefined ? "Copy bytes as hex" : "Copy selected bytes as hex"}
        icon="copy"
        size="sm"
        isDisabled={hex.length === 0}
        onPress={() => {
          void navigator.clipboard.writeText(hexOf(hex.subarray(range?.start, range?.end)));
        }}
      />
      {children}
    </div>
  );
}
