import { type MessageValue, printBytes, type Step, unknownRecords, withoutUnknown } from "@rpcdeck/schema";
import { useState } from "react";
import { bytesText, countOf } from "#lib/format.ts";
import { Button } from "#ui/button.tsx";
import { useForm } from "./form-context.ts";
import s from "./form.module.css";
import { Fold } from "./row.tsx";

/** No more records than this are listed. */
const maxListed = 100;
const maxShownBytes = 24;

/** Records that the schema does not explain: counted, kept, and listed on demand. */
export function UnknownFields(props: {
  readonly message: MessageValue;
  readonly steps: readonly Step[];
  readonly path: string;
  readonly indent: number;
}) {
  const { store } = useForm();
  const [isOpen, setOpen] = useState(false);
  const records = unknownRecords(props.message);
  if (records.length === 0) return null;
  const bytes = props.message.source?.bytes ?? new Uint8Array();
  const rest = records.find((record) => record.number === -1);
  const fields = rest === undefined ? records.length : records.length - 1;
  const facts = [
    ...(fields > 0 ? [`${countOf(fields, "unknown field")} kept`] : []),
    ...(rest === undefined ? [] : [`${bytesText(rest.end - rest.start)} that cannot be read kept`]),
  ];
  return (
    <div className={s.unknown} style={{ paddingInlineStart: `${props.indent}px` }}>
      <p className={s.unknownHead}>
        <Fold
          label={`Unknown fields${props.path === "" ? "" : ` of ${props.path}`}`}
          isOpen={isOpen}
          onToggle={() => {
            setOpen(!isOpen);
          }}
        />
        {facts.join(", ")}
      </p>
      {isOpen && (
        <ul>
          {records.slice(0, maxListed).map((record) => {
            const content = bytes.subarray(record.start, record.end);
            const text = printBytes(content.subarray(0, maxShownBytes), "hex") ?? "";
            return (
              <li key={record.start} className={s.unknownRow}>
                <span className={s.number}>{record.number === -1 ? "" : record.number}</span>
                <code className={s.hex}>{content.length > maxShownBytes ? `${text} …` : text}</code>
                <span className={s.type}>{bytesText(content.length)}</span>
                <Button
                  size="xs"
                  variant="ghost"
                  onPress={() => {
                    store.edit(props.steps, (message) => withoutUnknown(message, record));
                  }}
                >
                  Drop
                </Button>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
