import type { NarrowPart } from "../call-search.ts";
import s from "./call.module.css";

/** What of a call a narrow screen shows. */
export function PartSwitch(props: { part: NarrowPart; isPhone: boolean; isStream: boolean; onPart: (part: NarrowPart) => void }) {
  const parts: readonly (readonly [NarrowPart, string])[] = [
    ["request", "Request"],
    ["response", props.isStream ? "Messages" : "Response"],
    ...(props.isPhone ? ([["wire", "Wire"]] as const) : []),
    ...(props.isPhone && !props.isStream ? ([["timeline", "Timeline"]] as const) : []),
  ];
  return (
    <div className={s.switch} role="group" aria-label="Part of the call">
      {parts.map(([id, label]) => (
        <button
          key={id}
          type="button"
          aria-pressed={props.part === id}
          onClick={() => {
            props.onPart(id);
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
