import { type MessageValue, printBytes, type RecordSpan, type Step, unknownRecords, withoutUnknown } from "@rpcdeck/schema";
import { joinPath, parse, stepText, valueText, wireTypeName } from "@rpcdeck/wire";
import { useState } from "react";
import { bytesText, countOf, countText } from "#lib/format.ts";
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
  const drop = (dropped: readonly RecordSpan[]) => {
    store.edit(props.steps, (message) => dropped.reduce(withoutUnknown, message));
  };
  return (
    <div className={s.unknown} style={{ paddingInlineStart: `${props.indent}px` }}>
      <div className={s.unknownHead}>
        <Fold
          label={`Unknown fields${props.path === "" ? "" : ` of ${props.path}`}`}
          isOpen={isOpen}
          onToggle={() => {
            setOpen(!isOpen);
          }}
        />
        <span>{facts.join(", ")}</span>
        {isOpen && records.length > 1 && (
          <Button
            size="xs"
            variant="ghost"
            onPress={() => {
              drop(records);
            }}
          >
            Drop all
          </Button>
        )}
      </div>
      {isOpen && (
        <>
          <ul>
            {records.slice(0, maxListed).map((record) => (
              <UnknownRow
                key={record.start}
                record={record}
                content={bytes.subarray(record.start, record.end)}
                path={pathOf(props.path, records, record)}
                onDrop={() => {
                  drop([record]);
                }}
              />
            ))}
          </ul>
          {records.length > maxListed && (
            <p className={s.more}>{`${maxListed} of ${countText(records.length)} are listed; all are kept and sent.`}</p>
          )}
        </>
      )}
    </div>
  );
}

function UnknownRow(props: {
  readonly record: RecordSpan;
  readonly content: Uint8Array;
  /** Its path in the inspector; undefined for what cannot be read. */
  readonly path: string | undefined;
  readonly onDrop: () => void;
}) {
  const { record, content, path } = props;
  const { store } = useForm();
  const index = parse(content);
  const read = record.number === -1 ? undefined : index.record(index.root, 0);
  const hex = printBytes(content.subarray(0, maxShownBytes), "hex") ?? "";
  const shownHex = content.length > maxShownBytes ? `${hex} …` : hex;
  return (
    <li className={s.unknownRow}>
      <span className={s.number}>{record.number === -1 ? "" : record.number}</span>
      <span className={s.wireType}>{read === undefined ? "unread" : wireTypeName(read.wireType)}</span>
      <code className={s.hex} title={shownHex}>
        {read === undefined ? shownHex : valueText(index, read).text}
      </code>
      <span className={s.size}>{bytesText(content.length)}</span>
      {path === undefined ? (
        <span />
      ) : (
        <Button
          size="xs"
          variant="ghost"
          onPress={() => {
            store.inspect(path);
          }}
        >
          Inspect<span className={s.sr}>{` ${path}`}</span>
        </Button>
      )}
      <Button size="xs" variant="ghost" onPress={props.onDrop}>
        Drop<span className={s.sr}>{` ${path ?? "what cannot be read"}`}</span>
      </Button>
    </li>
  );
}

/** A record as packages/wire names it: by number, the second of one number by `~2`. */
function pathOf(path: string, records: readonly RecordSpan[], record: RecordSpan): string | undefined {
  if (record.number === -1) return undefined;
  const same = records.filter(({ number }) => number === record.number);
  return joinPath(path, stepText({ field: record.number, element: undefined, occurrence: same.indexOf(record) + 1 }));
}
