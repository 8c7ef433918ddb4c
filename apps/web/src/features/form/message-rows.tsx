import { extensionRows, fieldPath, type FieldRow, fieldRows, type FormRow, leadsTo } from "@rpcdeck/schema";
import { type CSSProperties, useMemo, useState } from "react";
import { Select } from "#ui/select.tsx";
import { type MessageRowsProps, useForm, useFormPart } from "./form-context.ts";
import s from "./form.module.css";
import { Items } from "./items.tsx";
import { ListField } from "./list-field.tsx";
import { MapField } from "./map-field.tsx";
import { OneofField } from "./oneof-field.tsx";
import { RuleNotes } from "./rule-notes.tsx";
import { SingleField } from "./single-field.tsx";
import { UnknownFields } from "./unknown-fields.tsx";

/** Messages with more rows draw only those in sight. */
const maxRowsDrawn = 100;

/** The rows of a message: fields and oneofs in schema order, extensions, and what the schema does not know. */
export function MessageRows({ message, steps, path, indent }: MessageRowsProps) {
  const { store, rules } = useForm();
  const asked = rules?.rulesOfMessage(message.desc) ?? [];
  const extensions = useMemo(() => extensionRows(message.desc, store.registry), [message.desc, store.registry]);
  const [added, setAdded] = useState<readonly number[]>([]);
  const shown = extensions.filter((row) => message.fields.has(row.field.number) || added.includes(row.field.number));
  const absent = extensions.filter((row) => !shown.includes(row));
  const filter = useFormPart((form) => form.filter());
  const query = useFormPart((form) => form.query());
  const all: readonly FormRow[] = [...fieldRows(message.desc), ...shown.map((field): FormRow => ({ kind: "field", field }))];
  const rows = filter === undefined ? all : all.filter((row) => pathsOf(row, path).some(filter.isShown));
  const selected = useFormPart((form) => indexOf(rows, form.selected(), path));
  const draw = (index: number) => {
    const row = rows[index];
    if (row === undefined) return null;
    const props = { message, steps, path, indent };
    return row.kind === "field" ? (
      <FieldSwitch key={row.field.field.number} row={row.field} {...props} />
    ) : (
      <OneofField key={row.name} row={row} {...props} />
    );
  };
  return (
    <>
      {(asked.length > 0 || path === "") && (
        <div className={s.blockNotes} style={{ "--indent": `${indent + 32}px` } as CSSProperties}>
          {path === "" ? <RuleNotes path="" asked={asked} /> : <p className={s.help}>{asked.join(" · ")}</p>}
        </div>
      )}
      <Items count={rows.length} draw={draw} shown={selected} maxDrawn={maxRowsDrawn} />
      {path === "" && filter !== undefined && rows.length === 0 && (
        <p className={s.empty}>{`No field has “${query.trim()}” in its path`}</p>
      )}
      {absent.length > 0 && (
        <div className={s.extra} style={{ paddingInlineStart: `${indent + 32}px` }}>
          <Select
            label={path === "" ? "Add extension" : `Add extension to ${path}`}
            size="sm"
            selected={undefined}
            placeholder="Add extension"
            options={absent.map((row) => ({ id: String(row.field.number), label: row.field.name, note: row.typeLabel }))}
            onSelect={(id) => {
              setAdded([...added, Number(id)]);
            }}
          />
        </div>
      )}
      <UnknownFields message={message} steps={steps} path={path} indent={indent} />
    </>
  );
}

/** The paths that a row stands for. */
function pathsOf(row: FormRow, path: string): readonly string[] {
  if (row.kind === "field") return [fieldPath(path, row.field.field)];
  return [path === "" ? row.name : `${path}.${row.name}`, ...row.members.map(({ field }) => fieldPath(path, field))];
}

/** Which row is selected, or holds what is. */
function indexOf(rows: readonly FormRow[], selected: string, path: string): number | undefined {
  if (rows.length <= maxRowsDrawn || selected === "") return undefined;
  const index = rows.findIndex((row) => pathsOf(row, path).some((at) => leadsTo(at, selected)));
  return index < 0 ? undefined : index;
}

function FieldSwitch({ row, message, steps, path, indent }: MessageRowsProps & { readonly row: FieldRow }) {
  const value = message.fields.get(row.field.number)?.value;
  const props = { row, value, steps, indent, path: fieldPath(path, row.field) };
  switch (row.shape) {
    case "single":
      return <SingleField {...props} />;
    case "list":
      return <ListField {...props} />;
    case "map":
      return <MapField {...props} />;
  }
}
