import { describeFinding, type WireIndex } from "@rpcdeck/wire";
import { useId, useRef } from "react";
import { IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { FindingsList } from "./findings-list.tsx";
import { SeverityCounts } from "./finding-marks.tsx";
import { useFindingKeys } from "./use-finding-keys.ts";
import type { FindingsView } from "./use-findings.ts";
import s from "./findings.module.css";

/** One line over the tree: how many findings there are, the one that was gone to, and the way to the next. It opens the list of all. */
export function FindingsStrip(props: {
  findings: FindingsView;
  index: WireIndex | undefined;
  /** Added to offsets: where the message begins in what the hex grid shows. */
  base: number;
  /** Enter in the list: the keyboard goes to the bytes. */
  onEnter: () => void;
}) {
  const { findings, index, base } = props;
  const { ranges, current, isOpen } = findings;
  useFindingKeys(findings.step);
  const listId = useId();
  const toggle = useRef<HTMLButtonElement>(null);
  const shown = current === undefined ? undefined : ranges.list[current];
  return (
    <>
      <div className={s.strip} role="group" aria-label="Findings">
        <button
          ref={toggle}
          type="button"
          className={s.toggle}
          aria-expanded={isOpen}
          aria-controls={isOpen ? listId : undefined}
          onClick={() => {
            findings.setOpen(!isOpen);
          }}
        >
          <Icon name={isOpen ? "chevron-down" : "chevron-right"} size={12} />
          <SeverityCounts counts={ranges.counts} />
        </button>
        <span className={s.words} aria-live={isOpen ? "off" : "polite"} data-open={isOpen ? "" : undefined}>
          {shown !== undefined && describeFinding(shown, base)}
        </span>
        {shown !== undefined && current !== undefined && (
          <span className={s.place}>
            {current + 1} of {ranges.list.length.toLocaleString("en")}
          </span>
        )}
        <IconButton
          label="Previous finding"
          keys="Shift F8"
          icon="chevron-up"
          size="sm"
          onPress={() => {
            findings.step(-1);
          }}
        />
        <IconButton
          label="Next finding"
          keys="F8"
          icon="chevron-down"
          size="sm"
          onPress={() => {
            findings.step(1);
          }}
        />
      </div>
      {isOpen && (
        <FindingsList
          id={listId}
          findings={findings}
          index={index}
          base={base}
          onEnter={props.onEnter}
          onClose={() => {
            findings.setOpen(false);
            toggle.current?.focus();
          }}
        />
      )}
    </>
  );
}
