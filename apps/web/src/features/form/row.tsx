import { type FieldRow, leadsTo } from "@rpcdeck/schema";
import { type CSSProperties, type ReactNode, useId } from "react";
import { cx } from "#lib/cx.ts";
import { Icon } from "#ui/icon.tsx";
import { Swatch } from "#ui/swatch.tsx";
import { useForm, useFormPart } from "./form-context.ts";
import s from "./form.module.css";
import { RuleNotes } from "./rule-notes.tsx";

/** What all kinds of field rows take. */
export interface FieldProps {
  readonly row: FieldRow;
  readonly path: string;
  /** Pixels from the left edge. */
  readonly indent: number;
}

/** The grid line of a field: mark, number, name, control, type; notes and errors below. */
export function Row(
  props: FieldProps & {
    /** What stands in the mark's place; the channel swatch without it. */
    readonly mark?: ReactNode;
    readonly isPresent: boolean;
    /** Block rows are the selected field only while their inside is not drawn. */
    readonly isOpen?: boolean;
    readonly count?: number | undefined;
    readonly isArm?: boolean;
    readonly help?: ReactNode;
    readonly problem?: string | undefined;
    readonly children: (notesId: string) => ReactNode;
  },
) {
  const { row, path } = props;
  const { store, channelOf, rules } = useForm();
  const notesId = useId();
  const isLinked = useFormPart((form) => {
    const selected = form.selected();
    return selected === path || (props.isOpen !== true && selected !== "" && leadsTo(path, selected));
  });
  const pending = useFormPart((form) => form.text(path));
  const isStale = useFormPart((form) => form.isStale(path));
  const channel = props.isPresent ? (channelOf(path) ?? channelOf(`${path}.seconds`) ?? channelOf(`${path}.value`)) : undefined;
  const problem = pending?.problem.message ?? props.problem;
  const name = row.field.kind === "extension" ? `[${row.field.typeName}]` : row.field.name;
  const title = [`${name}: ${row.typeLabel} = ${row.field.number}`, row.doc].filter((part) => part !== "").join("\n\n");
  return (
    <div
      className={cx(s.row, isLinked && s.linked, row.deprecated && s.deprecated, isStale && s.stale, props.isArm === true && s.arm)}
      style={{ "--indent": `${props.indent}px` } as CSSProperties}
      data-path={path}
      onFocusCapture={() => {
        store.select(path);
      }}
    >
      <span className={s.mark}>{props.mark ?? <Swatch channel={channel} />}</span>
      <span className={s.number}>{row.field.number}</span>
      <span className={s.name} title={title}>
        {name}
        {props.count !== undefined && <span className={s.count}>{props.count}</span>}
        {row.deprecated && <span className={s.count}>deprecated</span>}
        {isStale && <StaleMark />}
      </span>
      <div className={s.control}>{props.children(notesId)}</div>
      <span className={s.type} title={row.typeLabel}>
        {row.typeLabel}
      </span>
      <div id={notesId} className={s.notes}>
        {row.doc !== "" && <p className={s.sr}>{row.doc}</p>}
        {props.help !== undefined && <p className={s.help}>{props.help}</p>}
        {problem !== undefined && (
          <p className={s.error} role="alert">
            <Icon name="alert" size={14} />
            {problem}
          </p>
        )}
        <RuleNotes path={path} asked={rules?.rulesOfField(row.field)} isClosed={props.isOpen === false} />
      </div>
    </div>
  );
}

/** Says that the bytes do not have this value any more. */
export function StaleMark() {
  return (
    <span className={s.staleMark} title="The bytes do not have this value any more">
      stale
    </span>
  );
}

/** A button that opens and closes what stands below it. */
export function Fold({ label, isOpen, onToggle }: { label: string; isOpen: boolean; onToggle: () => void }) {
  return (
    <button type="button" className={s.fold} aria-expanded={isOpen} aria-label={label} onClick={onToggle}>
      <Icon name={isOpen ? "chevron-down" : "chevron-right"} size={12} />
    </button>
  );
}
