import type { DescMessage, Registry } from "@bufbuild/protobuf";
import type { RulesKit } from "#data/rules.ts";
import { channelFor, decodeDocument, docComment, fieldAt, type Step, typeLabel } from "@rpcdeck/schema";
import { hexOffset } from "@rpcdeck/wire";
import { useEffect, useLayoutEffect, useMemo, useState, useSyncExternalStore } from "react";
import { bytesText, countText } from "#lib/format.ts";
import { IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { type ChannelOf, FormContext } from "./form-context.ts";
import { createFormStore, type FormProblem, type FormStore, type Violation } from "./form-store.ts";
import s from "./form.module.css";
import { MessageBody } from "./message-body.tsx";
import { stalePaths } from "./stale-paths.ts";

export interface MessageFormProps {
  readonly desc: DescMessage;
  readonly registry: Registry;
  /** The document. The form gives a new one with each edit and takes it back here. */
  readonly message: Uint8Array;
  readonly onChange: (message: Uint8Array) => void;
  /** The field that all views show as selected, such as `phones[1].number`; "" for none. */
  readonly selectedPath?: string | undefined;
  readonly onSelectPath?: ((path: string) => void) | undefined;
  /** Texts that are no values and required fields that are absent, at each change. Hold back sending while one of kind "text" is there. */
  readonly onProblems?: ((problems: readonly FormProblem[]) => void) | undefined;
  readonly violations?: readonly Violation[] | undefined;
  /** What the bytes say now, where `message` is an older one that could be read: the form is locked, and marks what is not so any more. */
  readonly newer?: Uint8Array | undefined;
  /** Something was to be changed while the form is locked. */
  readonly onRefused?: (() => void) | undefined;
  /** An unknown field is to be shown in its bytes; its path as packages/wire writes it. */
  readonly onInspect?: ((path: string) => void) | undefined;
  /** The words of the schema's rules, where it has any. */
  readonly rules?: RulesKit | undefined;
  /** Channel of a leaf path; that of the schema's order without it. */
  readonly channelOf?: ChannelOf | undefined;
  /** Accessible name of the form. */
  readonly label?: string | undefined;
}

const noSteps: readonly Step[] = [];

/** Fields of a message as rows of controls, over its bytes: what a control does not touch keeps the bytes it has. */
export function MessageForm(props: MessageFormProps) {
  // Another type is another form; React must not carry its state over.
  return <FormOfType key={props.desc.typeName} {...props} />;
}

function FormOfType(props: MessageFormProps) {
  const { desc, registry, message, onChange, onSelectPath, onProblems, selectedPath, violations, channelOf, rules } = props;
  const { newer, onRefused, onInspect } = props;
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const [first] = useState(message);
  const store = useMemo(() => createFormStore(desc, registry, first), [desc, registry, first]);
  const document = useSyncExternalStore(store.subscribe, store.document);
  const problems = useSyncExternalStore(store.subscribe, store.decodeProblems);
  const context = useMemo(
    () => ({ store, scroller, Body: MessageBody, rules, channelOf: channelOf ?? ((path: string) => channelFor(desc, path)) }),
    [store, scroller, channelOf, desc, rules],
  );
  useLayoutEffect(() => {
    store.load(message);
  }, [store, message]);
  useEffect(() => {
    store.listen({
      onChange,
      onSelectPath: (path) => onSelectPath?.(path),
      onProblems: (found) => onProblems?.(found),
      onRefused: () => onRefused?.(),
      onInspect: (path) => onInspect?.(path),
    });
  }, [store, onChange, onSelectPath, onProblems, onRefused, onInspect]);
  const stale = useMemo(
    () =>
      newer === undefined
        ? undefined
        : stalePaths(decodeDocument(desc, registry, message).message, decodeDocument(desc, registry, newer).message),
    [desc, registry, message, newer],
  );
  useLayoutEffect(() => {
    store.lock(stale);
  }, [store, stale]);
  useEffect(() => {
    store.setViolations(violations ?? []);
  }, [store, violations]);
  useEffect(() => {
    if (selectedPath === undefined || selectedPath === store.selected()) return;
    store.show(selectedPath);
    for (const row of scroller?.querySelectorAll<HTMLElement>("[data-path]") ?? []) {
      if (row.dataset["path"] === selectedPath) row.scrollIntoView({ block: "nearest" });
    }
  }, [store, scroller, selectedPath]);
  const first3 = problems.slice(0, 3);
  return (
    <div className={s.frame}>
      <div ref={setScroller} className={s.form} role="group" aria-label={props.label ?? `Form for ${desc.typeName}`}>
        {first3.length > 0 && (
          <div className={s.notice} role="status">
            <p>The bytes are not all as the schema says. They are kept as they are.</p>
            {first3.map((problem) => (
              <p key={`${problem.offset} ${problem.message}`} className={s.quiet}>
                {`at ${hexOffset(problem.offset)}: ${problem.message}`}
              </p>
            ))}
            {problems.length > first3.length && <p className={s.quiet}>{`${problems.length - first3.length} more`}</p>}
          </div>
        )}
        <FormContext value={context}>
          {desc.fields.length === 0 && document.fields.size === 0 && (
            <p className={s.empty}>{`${desc.name} has no fields; ${bytesText(message.length)} are sent`}</p>
          )}
          <MessageBody message={document} steps={noSteps} path="" indent={12} />
        </FormContext>
      </div>
      <Foot desc={desc} store={store} />
    </div>
  );
}

/** What the schema says of the selected field, in a line of its own: help between the rows would move them under the pointer. */
function Foot({ desc, store }: { readonly desc: DescMessage; readonly store: FormStore }) {
  const path = useSyncExternalStore(store.subscribe, store.selected);
  const query = useSyncExternalStore(store.subscribe, store.query);
  const matchCount = useSyncExternalStore(store.subscribe, () => store.filter()?.matchCount);
  const field = path === "" ? undefined : fieldAt(desc, path, store.registry);
  const doc = field === undefined ? docComment(desc) : docComment(field);
  const title = field === undefined ? desc.typeName : `${field.name}: ${typeLabel(field)} = ${field.number}`;
  return (
    <div className={s.foot}>
      <p className={s.footText} title={doc}>
        <span className={s.mono}>{title}</span>
        {doc !== "" && <span className={s.doc}>{doc.replaceAll("\n", " ")}</span>}
      </p>
      {path !== "" && (
        <IconButton label={`Copy path ${path}`} icon="copy" size="xs" onPress={() => void navigator.clipboard.writeText(path)} />
      )}
      <div className={s.filter} data-filter="">
        <Icon name="search" size={14} />
        <input
          type="search"
          className={s.input}
          aria-label="Find fields"
          placeholder="Find fields"
          value={query}
          onChange={(event) => {
            store.setQuery(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || query === "") return;
            event.preventDefault();
            event.stopPropagation();
            store.setQuery("");
          }}
        />
        <span className={s.filterCount} role="status">
          {matchCount === undefined ? "" : countText(matchCount)}
          {matchCount !== undefined && <span className={s.sr}>{matchCount === 1 ? " field found" : " fields found"}</span>}
        </span>
      </div>
    </div>
  );
}
