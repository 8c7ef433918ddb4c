import { ScalarType } from "@bufbuild/protobuf";
import {
  emptyMessage,
  entriesAt,
  entryPath,
  type FieldValue,
  isMessageValue,
  type Item,
  leadsTo,
  type MapEntry,
  type Parsed,
  parsed,
  parseInteger,
  refused,
  sizeOfField,
  type Step,
  summaryOf,
  withField,
  zeroOf,
} from "@rpcdeck/schema";
import { type CSSProperties, memo, useId, useMemo } from "react";
import { cx } from "#lib/cx.ts";
import { bytesText } from "#lib/format.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { Swatch } from "#ui/swatch.tsx";
import { useForm, useFormPart } from "./form-context.ts";
import s from "./form.module.css";
import { isBlock } from "./item-action.ts";
import { Items, ItemsRow } from "./items.tsx";
import { printLeaf } from "./list-item.tsx";
import { PackedBytes } from "./packed-bytes.tsx";
import { type FieldProps, Fold, StaleMark } from "./row.tsx";
import { RuleNotes } from "./rule-notes.tsx";
import { TextSlot } from "./text-slot.tsx";
import { ValueControl } from "./value-control.tsx";

interface MapFieldProps extends FieldProps {
  readonly value: FieldValue | undefined;
  readonly steps: readonly Step[];
}

const headIndent = 18;
const bodyIndent = 44;

/** A map: entries of a unique, typed key and a value. */
export const MapField = memo(function MapField(props: MapFieldProps) {
  const { row, path, steps, value } = props;
  const { store } = useForm();
  const wantsOpen = useFormPart((form) => form.isOpen(path, steps.length === 0));
  const shown = useFormPart((form) => indexIn(form.selected(), path, value));
  const { field } = row;
  if (field.fieldKind !== "map") return null;
  const entries = value?.kind === "map" ? value.entries : noEntries;
  const isOpen = wantsOpen && entries.length > 0;
  const freshKey = unusedKey(field.mapKey, entries);
  const change = (update: (entries: readonly MapEntry[]) => readonly MapEntry[]) => {
    store.edit(steps, (message) => withField(message, field, { kind: "map", entries: update(entriesAt(message, field.number)) }));
  };
  const draw = (index: number) => {
    const entry = entries[index];
    return entry === undefined ? null : (
      <Entry
        {...props}
        entry={entry}
        index={index}
        keyType={field.mapKey}
        isTaken={(key) => entries.some((other, at) => at !== index && other.key === key)}
        onChange={change}
      />
    );
  };
  return (
    <>
      <ItemsRow {...props} isOpen={isOpen} count={entries.length} noun="entries">
        {(notesId) => (
          <Button
            size="sm"
            variant="ghost"
            icon="plus"
            aria-describedby={notesId}
            isDisabled={freshKey === undefined}
            tip={freshKey === undefined ? "every key is taken" : undefined}
            onPress={() => {
              if (freshKey === undefined) return;
              store.setOpen(path, true);
              store.setOpen(entryPath(path, freshKey), true);
              const item: Item = row.item.kind === "message" ? emptyMessage(row.item.message) : zeroOf(row.item);
              change((before) => [...before, { key: freshKey, value: item }]);
            }}
          >
            Add entry<span className={s.sr}>{` to ${path}`}</span>
          </Button>
        )}
      </ItemsRow>
      {isOpen && <Items count={entries.length} draw={draw} shown={shown} />}
    </>
  );
});

const noEntries: readonly MapEntry[] = [];

/** Which entry of a map is selected, or holds what is. */
function indexIn(selected: string, path: string, value: FieldValue | undefined): number | undefined {
  if (value?.kind !== "map" || !selected.startsWith(`${path}[`)) return undefined;
  const index = value.entries.findIndex(({ key }) => leadsTo(entryPath(path, key), selected));
  return index < 0 ? undefined : index;
}

function Entry({
  row,
  path,
  steps,
  indent,
  entry,
  index,
  keyType,
  isTaken,
  onChange,
}: MapFieldProps & {
  readonly entry: MapEntry;
  readonly index: number;
  readonly keyType: ScalarType;
  readonly isTaken: (key: MapEntry["key"]) => boolean;
  readonly onChange: (update: (entries: readonly MapEntry[]) => readonly MapEntry[]) => void;
}) {
  const { store, channelOf, Body } = useForm();
  const notesId = useId();
  const at = entryPath(path, entry.key);
  const keyPath = `${path}#${index}`;
  const isBlockValue = isBlock(row.item) && isMessageValue(entry.value);
  const isOpen = useFormPart((form) => form.isOpen(at, false));
  const isLinked = useFormPart((form) => form.selected() === at || ((!isBlockValue || !isOpen) && leadsTo(at, form.selected())));
  const keyProblem = useFormPart((form) => form.text(keyPath));
  const pending = useFormPart((form) => form.text(at));
  const isStale = useFormPart((form) => form.isStale(at));
  const inner = useMemo(() => [...steps, { field: row.field, index }], [steps, row.field, index]);
  const setEntry = (next: MapEntry) => {
    onChange((entries) => entries.map((other, position) => (position === index ? next : other)));
  };
  const problems = [keyProblem, pending].flatMap((text) => (text === undefined ? [] : [text.problem.message]));
  return (
    <>
      <div
        className={cx(s.entry, isLinked && s.linked, isStale && s.stale)}
        style={{ "--indent": `${indent + headIndent}px` } as CSSProperties}
        data-path={at}
        onFocusCapture={() => {
          store.select(at);
        }}
      >
        {isBlockValue ? (
          <Fold
            label={`Entry ${at}`}
            isOpen={isOpen}
            onToggle={() => {
              store.setOpen(at, !isOpen);
            }}
          />
        ) : (
          <Swatch channel={channelOf(path)} />
        )}
        <TextSlot<MapEntry["key"]>
          path={keyPath}
          label={`Key ${index} of ${path}`}
          printed={String(entry.key)}
          parse={(text) => {
            const key = parseKey(text, keyType);
            return key.ok && isTaken(key.value) ? refused(`key ${text} is taken`, 0) : key;
          }}
          onValue={(key) => {
            store.setOpen(entryPath(path, key), isOpen);
            setEntry({ key, value: entry.value });
          }}
          describedBy={notesId}
        />
        <div className={s.control}>
          {isStale && <StaleMark />}
          {isBlockValue ? (
            <BlockSummary {...{ row, entry }} />
          ) : (
            <ValueControl
              type={row.item}
              field={row.field}
              item={entry.value}
              path={at}
              label={at}
              describedBy={notesId}
              onItem={(next) => {
                setEntry({ key: entry.key, value: next });
              }}
            />
          )}
        </div>
        <IconButton
          label={`Remove ${at}`}
          icon="x"
          size="xs"
          onPress={() => {
            store.dropTexts(at);
            store.setText(keyPath, undefined);
            onChange((entries) => entries.toSpliced(index, 1));
          }}
        />
        <div id={notesId} className={s.notes}>
          {problems.map((message) => (
            <p key={message} className={s.error} role="alert">
              <Icon name="alert" size={14} />
              {message}
            </p>
          ))}
          <RuleNotes path={at} isClosed={isBlockValue && !isOpen} />
        </div>
      </div>
      {row.control === "bytes" && (
        <PackedBytes field={row.field} index={index} item={entry.value} steps={steps} path={at} indent={indent + bodyIndent} />
      )}
      {isBlockValue && isOpen && isMessageValue(entry.value) && (
        <Body message={entry.value} steps={inner} path={at} indent={indent + bodyIndent} />
      )}
    </>
  );
}

function BlockSummary({ row, entry }: Pick<MapFieldProps, "row"> & { readonly entry: MapEntry }) {
  const [first, ...others] = summaryOf(entry.value, printLeaf);
  const size = useMemo(() => sizeOfField(row.field, { kind: "map", entries: [entry] }), [row.field, entry]);
  return (
    <>
      <span className={s.summary}>
        <span className={s.mono}>{first ?? "empty"}</span>
        <span className={s.quiet}>{others.join(" ")}</span>
      </span>
      <span className={s.size}>{bytesText(size)}</span>
    </>
  );
}

function parseKey(text: string, type: ScalarType): Parsed<MapEntry["key"]> {
  if (type === ScalarType.STRING) return parsed(text);
  if (type !== ScalarType.BOOL) return parseInteger(text, type);
  const word = text.trim().toLowerCase();
  return word === "true" || word === "false" ? parsed(word === "true") : refused(`“${text}” is neither true nor false`, 0);
}

function unusedKey(type: ScalarType, entries: readonly MapEntry[]): MapEntry["key"] | undefined {
  const taken = new Set(entries.map((entry) => entry.key));
  if (type === ScalarType.BOOL) return [false, true].find((key) => !taken.has(key));
  const isText = type === ScalarType.STRING;
  const isWide = typeof zeroOf({ kind: "scalar", scalar: type }) === "bigint";
  for (let at = isText ? 1 : 0; ; at++) {
    const key = isText ? `key${at === 1 ? "" : at}` : isWide ? BigInt(at) : at;
    if (!taken.has(key)) return key;
  }
}
