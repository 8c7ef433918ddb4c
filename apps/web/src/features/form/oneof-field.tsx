import { defaultOf, fieldPath, type FormRow, type MessageValue, type Step, withField, withoutField } from "@rpcdeck/schema";
import type { CSSProperties } from "react";
import { Segmented } from "#ui/segmented.tsx";
import { Select } from "#ui/select.tsx";
import { useForm } from "./form-context.ts";
import s from "./form.module.css";
import { RuleNotes } from "./rule-notes.tsx";
import { SingleField } from "./single-field.tsx";

/** More members, or longer names, do not fit a tray of keys. */
const maxKeys = 5;
const maxKeyCharacters = 44;

/** The choice of a oneof, with the chosen member below. The value of a member that was left comes back when it is chosen again. */
export function OneofField({
  row,
  message,
  steps,
  path,
  indent,
}: {
  readonly row: Extract<FormRow, { kind: "oneof" }>;
  readonly message: MessageValue;
  readonly steps: readonly Step[];
  readonly path: string;
  readonly indent: number;
}) {
  const { store, rules } = useForm();
  const chosen = row.members.find((member) => message.fields.has(member.field.number));
  const names = row.members.map((member) => member.field.name);
  const choose = (name: string) => {
    const next = row.members.find((member) => member.field.name === name);
    if (next === chosen) return;
    if (chosen !== undefined) {
      const left = fieldPath(path, chosen.field);
      store.keep(left, message.fields.get(chosen.field.number)?.value);
      store.dropTexts(left);
    }
    store.edit(steps, (outer) => {
      if (next === undefined) return chosen === undefined ? outer : withoutField(outer, chosen.field);
      const kept = store.kept(fieldPath(path, next.field));
      return withField(outer, next.field, kept ?? { kind: "single", item: defaultOf(next.field) });
    });
    if (next !== undefined) store.setOpen(fieldPath(path, next.field), true);
  };
  const label = fieldPathOfOneof(path, row.name);
  const choices = [{ id: "none", label: "none" }, ...row.members.map(({ field }) => ({ id: field.name, label: field.name }))];
  const isShort = names.length <= maxKeys && names.join("").length <= maxKeyCharacters;
  return (
    <>
      <div className={s.row} style={{ "--indent": `${indent}px` } as CSSProperties} data-path={label}>
        <span />
        <span />
        <span className={s.name} title={row.doc === "" ? row.name : row.doc}>
          {row.name}
        </span>
        <div className={s.control}>
          {isShort ? (
            <Segmented label={label} size="sm" segments={choices} selected={chosen?.field.name ?? "none"} onSelect={choose} />
          ) : (
            <Select
              label={label}
              size="sm"
              className={s.grow}
              options={choices}
              selected={chosen?.field.name ?? "none"}
              onSelect={choose}
            />
          )}
        </div>
        <span className={s.type}>oneof</span>
        <div className={s.notes}>
          <RuleNotes path={label} asked={rules?.rulesOfOneof(row.oneof)} />
        </div>
      </div>
      {chosen !== undefined && (
        <SingleField
          key={chosen.field.number}
          row={chosen}
          value={message.fields.get(chosen.field.number)?.value}
          steps={steps}
          path={fieldPath(path, chosen.field)}
          indent={indent}
          isArm
        />
      )}
    </>
  );
}

function fieldPathOfOneof(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
