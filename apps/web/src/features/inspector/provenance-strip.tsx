import { useState } from "react";
import { Button } from "#ui/button.tsx";
import { rangeText } from "./range-text.ts";
import type { PackedBytes } from "./use-inspected.ts";
import type { WireView } from "./use-wire-view.ts";
import s from "./check-strip.module.css";

const tip = "Compression leaves no byte that belongs to one field: the compressed bytes stand for the message as a whole";

/** Where a decompressed message comes from on the wire, with the way there and back to the bytes that were looked at. */
export function ProvenanceStrip(props: {
  view: WireView;
  packed: PackedBytes;
  /** The compressed bytes are shown, not what is in them. */
  showsCompressed: boolean;
  onShowsCompressed: (showsCompressed: boolean) => void;
}) {
  const { view, packed, showsCompressed } = props;
  const { selection, range } = view;
  const [left, setLeft] = useState<{ readonly anchor: number; readonly caret: number } | undefined>(undefined);
  const isField = view.selected !== undefined && (showsCompressed || selection.record !== undefined);
  const what = isField ? view.selected : "the message";
  const where = `${rangeText(packed.start, packed.end)} of ${packed.encoding}, ${packed.where} as sent`;

  const goToWire = (): void => {
    const { anchor, caret } = selection;
    setLeft(anchor === undefined || caret === undefined ? undefined : { anchor, caret });
    props.onShowsCompressed(true);
    selection.place({ caret: packed.start, anchor: packed.end - 1 });
    view.focus("grid");
  };
  const goBack = (): void => {
    props.onShowsCompressed(false);
    selection.place(left);
    view.focus("grid");
  };
  const part = isField || range === undefined ? what : rangeText(range.start, range.end);
  return (
    <div className={s.strip} role="group" aria-label="Where the bytes come from">
      <span className={s.words}>{showsCompressed ? `${where}: in them is ${what}` : `${part} comes out of ${where}`}</span>
      <span className={s.gap} />
      {showsCompressed ? (
        <Button size="sm" onPress={goBack}>{`Back to ${what}`}</Button>
      ) : (
        <Button size="sm" tip={tip} onPress={goToWire}>
          Show on the wire
        </Button>
      )}
    </div>
  );
}
