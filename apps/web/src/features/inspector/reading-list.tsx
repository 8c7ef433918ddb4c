import { decideReading, readings, type ReadAs, type Reading, type WireIndex, type WireRecord } from "@rpcdeck/wire";
import { useLayoutEffect, useRef, useState } from "react";
import { cx } from "#lib/cx.ts";
import { countOf } from "#lib/format.ts";
import { Icon } from "#ui/icon.tsx";
import s from "./readings-panel.module.css";

/** Every reading of a record's value: the chosen one, the runner-up, and folded away what adds little. Each that can be chosen is a button. */
export function ReadingList(props: {
  index: WireIndex;
  record: WireRecord;
  /** The user reads the field as this from now on; undefined goes back to schema or guess. */
  onReadAs: (as: ReadAs | undefined) => void;
}) {
  const { index, record, onReadAs } = props;
  const [showsMinor, setShowsMinor] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const hasChosen = useRef(false);
  // The chosen reading goes to the top; the keyboard goes with it.
  useLayoutEffect(() => {
    if (!hasChosen.current) return;
    hasChosen.current = false;
    list.current?.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
  }, [index]);

  const all = readings(index, record);
  const minorCount = all.filter(({ isMinor }) => isMinor).length;
  const isByUser = decideReading(index, record).by === "user";
  const declared = record.level.kind === "packed" ? record.level.parent?.field : record.field;
  const choose = (as: ReadAs | undefined): void => {
    hasChosen.current = true;
    onReadAs(as);
  };
  return (
    <div ref={list} role="group" aria-label="Read as">
      {all
        .filter(({ isMinor }) => showsMinor || !isMinor)
        .map((reading) => (
          <ReadingRow key={reading.as} reading={reading} onChoose={choose} />
        ))}
      {isByUser && (
        <button
          type="button"
          className={s.choice}
          onClick={() => {
            choose(undefined);
          }}
        >
          <span className={s.as}>reset</span>
          <span>{declared === undefined ? "Read as guessed" : "Read as declared"}</span>
        </button>
      )}
      {minorCount > 0 && (
        <button
          type="button"
          className={s.choice}
          aria-expanded={showsMinor}
          onClick={() => {
            setShowsMinor(!showsMinor);
          }}
        >
          <span className={s.as} />
          <span>{showsMinor ? "Fewer readings" : `${countOf(minorCount, "more reading")}`}</span>
        </button>
      )}
    </div>
  );
}

function ReadingRow({ reading, onChoose }: { reading: Reading; onChoose: (as: ReadAs) => void }) {
  const { as, readAs, text, tone, why, isChosen, isRunnerUp } = reading;
  const content = (
    <>
      <span className={s.as}>{as}</span>
      <span className={cx(s.text, tone === "string" ? s.string : tone === "number" && isChosen ? s.numeral : undefined)}>{text}</span>
      <span className={s.why}>
        {isChosen && <Icon name="check" size={14} />}
        {[isRunnerUp ? "runner-up" : "", why].filter((part) => part !== "").join(" · ")}
      </span>
    </>
  );
  if (readAs === undefined) return <div className={s.row}>{content}</div>;
  return (
    <button
      type="button"
      className={s.choice}
      aria-pressed={isChosen}
      onClick={() => {
        onChoose(readAs);
      }}
    >
      {content}
    </button>
  );
}
