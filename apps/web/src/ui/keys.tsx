import { cx } from "#lib/cx.ts";
import s from "./tag.module.css";

const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
const macWords: Record<string, string> = { Ctrl: "⌘", Shift: "⇧", Alt: "⌥" };

/** Keys of a shortcut, such as "Ctrl K": spaces divide the keys, Ctrl is ⌘ on macOS. */
export function Keys({ keys, className }: { keys: string; className?: string | undefined }) {
  return (
    <span className={cx(s.keys, className)}>
      {keys.split(" ").map((key) => (
        <kbd key={key} className={s.key}>
          {(isMac ? macWords[key] : undefined) ?? key}
        </kbd>
      ))}
    </span>
  );
}
