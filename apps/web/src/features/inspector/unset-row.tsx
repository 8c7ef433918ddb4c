import { unsetDefaults, type WireIndex, type WireLevel } from "@rpcdeck/wire";
import { countText } from "#lib/format.ts";
import s from "./readings-panel.module.css";

/** Defaults named in the row; further ones are counted. */
const maxNamed = 6;

/** What readers take for the fields of a message that are not on the wire and have a default of their own. Draws nothing where there are none. */
export function UnsetRow({ index, level }: { index: WireIndex; level: WireLevel }) {
  const unset = unsetDefaults(index, level);
  if (unset.length === 0) return null;
  const named = unset.slice(0, maxNamed).map(({ name, text }) => `${name} = ${text}`);
  const text = [...named, ...(unset.length > maxNamed ? [`${countText(unset.length - maxNamed)} more`] : [])].join(", ");
  return (
    <div className={s.row}>
      <span className={s.as}>unset</span>
      <span className={s.text} title={text}>
        {text}
      </span>
      <span className={s.why}>declared defaults are read</span>
    </div>
  );
}
