import { declaredPresence, recordNotes, wireTypeName, type ReadAs, type WireIndex, type WireRecord } from "@rpcdeck/wire";
import { cx } from "#lib/cx.ts";
import { hexOf } from "#lib/hex-of.ts";
import { Icon } from "#ui/icon.tsx";
import { faultText } from "./fault-text.ts";
import { ReadingList } from "./reading-list.tsx";
import { UnsetRow } from "./unset-row.tsx";
import s from "./readings-panel.module.css";

const maxAnatomyBytes = 12;

/** The selected record taken apart, and every way to read its value. */
export function ReadingsPanel(props: {
  index: WireIndex;
  record: WireRecord;
  channel: number | undefined;
  onReadAs: (as: ReadAs | undefined) => void;
}) {
  const { index, record, channel, onReadAs } = props;
  const { bytes } = index;
  const tagEnd = tagEndOf(index, record);
  const fault = faultText(index, record);
  const notes = recordNotes(index, record);
  const size = record.end - record.valueStart;
  const { kind } = record.level;
  const presence = record.field === undefined || kind !== "message" ? undefined : declaredPresence(record.field);
  const inside = index.children(record);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <section className={s.panel} aria-label="Readings of the selected value" tabIndex={0} data-readings="">
      <div className={s.row}>
        <span className={s.as}>record</span>
        {kind !== "message" ? (
          <span className={s.anatomy}>{kind === "packed" ? "element of a packed run" : "message of a stream"}</span>
        ) : (
          <span className={s.anatomy}>
            <code>{hex(bytes, record.start, tagEnd)}</code> field {record.number}, {wireTypeName(record.wireType)}
          </span>
        )}
        {record.valueStart > tagEnd && (
          <span className={s.anatomy}>
            <code>{hex(bytes, tagEnd, record.valueStart)}</code> {size.toLocaleString("en")} {size === 1 ? "byte" : "bytes"}
          </span>
        )}
        {size > 0 && (
          <span className={cx(s.anatomy, s.value)} data-ch={channel}>
            <code>{hex(bytes, record.valueStart, record.end)}</code>
          </span>
        )}
        <span className={s.why} title="Messages around the one this field is in; readers stop at 100">
          depth {record.level.depth}
        </span>
      </div>
      {fault !== undefined && (
        <div className={cx(s.row, s.bad)}>
          <span className={s.as}>fault</span>
          <Icon name="alert" size={14} />
          <span>{fault}</span>
        </div>
      )}
      {notes.map((note) => (
        <div key={note.kind} className={s.row}>
          <span className={s.as}>note</span>
          <span>{note.text}</span>
        </div>
      ))}
      <ReadingList index={index} record={record} onReadAs={onReadAs} />
      {presence !== undefined && (
        <div className={cx(s.row, s.wrapped)}>
          <span className={s.as}>presence</span>
          <span className={s.fact}>{presence}</span>
        </div>
      )}
      {inside?.kind === "message" && <UnsetRow index={index} level={inside} />}
    </section>
  );
}

/** Where the tag of a record ends. */
function tagEndOf({ bytes }: WireIndex, { start, end, level }: WireRecord): number {
  if (level.kind !== "message") return start;
  let at = start;
  while (at < end - 1 && (bytes[at] as number) >= 0x80) at++;
  return at + 1;
}

function hex(bytes: Uint8Array, start: number, end: number): string {
  const shown = hexOf(bytes.subarray(start, Math.min(end, start + maxAnatomyBytes)));
  return end - start > maxAnatomyBytes ? `${shown} …` : shown;
}
