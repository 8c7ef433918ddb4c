import { bytesText, countOf } from "#lib/format.ts";
import { Button } from "#ui/button.tsx";
import type { MessageCheck } from "./message-check.ts";
import s from "./check-strip.module.css";

const phases = { index: "Indexing", findings: "Looking for findings", sizes: "Adding up sizes" } as const;

/** How far the check of a large message is, with a way to stop it and to go on. Draws nothing when it is done. */
export function CheckStrip({ check }: { check: MessageCheck }) {
  switch (check.kind) {
    case "done":
      return null;
    case "running": {
      const { phase, doneBytes, totalBytes, validation } = check;
      const text = `${bytesText(doneBytes)} of ${bytesText(totalBytes)}`;
      return (
        <div className={s.strip}>
          <span>{phases[phase]}</span>
          <progress className={s.progress} aria-label={phases[phase]} aria-valuetext={text} max={totalBytes} value={doneBytes} />
          <span className={s.done}>{text}</span>
          {validation !== undefined && validation.findingCount > 0 && <span>{countOf(validation.findingCount, "finding")} so far</span>}
          <span className={s.gap} />
          <Button size="sm" onPress={check.cancel}>
            Cancel
          </Button>
        </div>
      );
    }
    case "cancelled":
      return (
        <div className={s.strip}>
          <span role="status">Not checked: cancelled</span>
          <span className={s.gap} />
          <Button size="sm" onPress={check.resume}>
            Check
          </Button>
        </div>
      );
    case "failed":
      return (
        <div className={s.strip}>
          <span role="status">Not checked: {check.reason}</span>
        </div>
      );
  }
}
