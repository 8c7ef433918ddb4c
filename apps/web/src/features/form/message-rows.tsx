import { extensionRows, fieldPath, type FieldRow, fieldRows } from "@rpcdeck/schema";
import { type CSSProperties, useMemo, useState } from "react";
import { Select } from "#ui/select.tsx";
import { type MessageRowsProps, useForm } from "./form-context.ts";
import s from "./form.module.css";
import { ListField } from "./list-field.tsx";
import { MapField } from "./map-field.tsx";
import { OneofField } from "./oneof-field.tsx";
import { RuleNotes } from "./rule-notes.tsx";
import { SingleField } from "./single-field.tsx";
import { UnknownFields } from "./unknown-fields.tsx";

/** The rows of a message: fields and oneofs in schema order, extensions, and what the schema does not know. */
export function MessageRows({ message, steps, path, indent }: MessageRowsProps) {
  const { store, rules } = useForm();
  const asked = rules?.rulesOfMessage(message.desc) ?? [];
  const extensions = useMemo(() => extensionRows(message.desc, store.registry), [message.desc, store.registry]);
  const [added, setAdded] = useState<readonly number[]>([]);
  const shown = extensions.filter((row) => message.fields.has(row.field.number) || added.includes(row.field.number));
  const absent = extensions.filter((row) => !shown.includes(row));
  return (
    <>
      {(asked.length > 0 || path === "") && (
        <div className={s.blockNotes} style={{ "--indent": `${indent + 32}px` } as CSSProperties}>
          {path === "" ? <RuleNotes path="" asked={asked} /> : <p className={s.help}>{asked.join(" · ")}</p>}
        </div>
      )}
      {fieldRows(message.desc).map((row) =>
        row.kind === "field" ? (
          <FieldSwitch key={row.field.field.number} row={row.field} message={message} steps={steps} path={path} indent={indent} />
        ) : (
          <OneofField key={row.name} row={row} message={message} steps={steps} path={path} indent={indent} />
        ),
      )}
      {shown.map((row) => (
        <FieldSwitch key={row.field.number} row={row} message={message} steps={steps} path={path} indent={indent} />
      ))}
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
