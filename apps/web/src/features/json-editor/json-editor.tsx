import type { DescMessage, Registry } from "@bufbuild/protobuf";
import {
  completeJson,
  decodeDocument,
  encodeDocument,
  formatJson,
  hoverJson,
  jsonPathAt,
  type JsonHover,
  type JsonProblem,
  jsonRangeOf,
  jsonRangesAround,
  type MessageValue,
  parseJson,
  printMessage,
  reconcile,
  sameMessage,
  sameScalar,
} from "@rpcdeck/schema";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { RulesKit } from "#data/rules.ts";
import { hiddenText } from "#data/hidden-text.ts";
import { countOf, countText } from "#lib/format.ts";
import { Button } from "#ui/button.tsx";
import { CodeEditor, type EditorHover } from "#ui/code-editor.tsx";
import { Icon } from "#ui/icon.tsx";
import s from "./json-editor.module.css";

/** Texts longer than this are read when typing pauses, not at each key. */
const maxReadAtOnce = 100_000;
/** How long a pause that is, in milliseconds. */
const pauseMs = 150;
/** Longer texts do not follow the selected field: finding it would read them anew at each move. */
const maxFollowed = 200_000;

/** What an edit of the text means. */
export interface JsonChange {
  /** The document: a new one when the text is a message, else the one before. */
  readonly message: Uint8Array;
  /** The text as typed where it differs from what the document prints; undefined otherwise. */
  readonly jsonText: string | undefined;
}

export interface JsonEditorProps {
  readonly desc: DescMessage;
  readonly registry: Registry;
  readonly message: Uint8Array;
  /** What was typed before, as `onChange` gave it. */
  readonly jsonText: string | undefined;
  readonly onChange: (change: JsonChange) => void;
  /** All that is wrong with the text; hold back sending while there is something. */
  readonly onProblems?: ((problems: readonly JsonProblem[]) => void) | undefined;
  readonly selectedPath?: string | undefined;
  readonly onSelectPath?: ((path: string) => void) | undefined;
  /** Rules that the message breaks, by field path: marked where they stand, and no hindrance. */
  readonly violations?: readonly { readonly path: string; readonly message: string }[] | undefined;
  /** The words of the schema's rules, where it has any. */
  readonly rules?: RulesKit | undefined;
  /** Shows the bytes, for what JSON does not show. */
  readonly onShowBytes?: (() => void) | undefined;
  /** Accessible name of the editor. */
  readonly label?: string | undefined;
}

const noProblems: readonly JsonProblem[] = [];
const noViolations: NonNullable<JsonEditorProps["violations"]> = [];

/** A message as JSON text. A text that is a message becomes the document at once, and keeps what JSON cannot say; any other text is kept as it is. */
export function JsonEditor(props: JsonEditorProps) {
  return <EditorOfType key={props.desc.typeName} {...props} />;
}

function EditorOfType(props: JsonEditorProps) {
  const { desc, registry, message, jsonText, onChange, onProblems, selectedPath, onSelectPath, label, rules } = props;
  const violations = props.violations ?? noViolations;
  const [first] = useState(() => textFor(desc, registry, message, jsonText));
  const [text, setText] = useState(first.text);
  const [problems, setProblems] = useState(first.problems);
  const [goTo, setGoTo] = useState<{ readonly offset: number }>();
  // What this editor gave out last, and the tree it came from.
  const own = useRef<JsonChange & { readonly tree: MessageValue | undefined }>({ message, jsonText, tree: undefined });
  const pending = useRef<{ timer: ReturnType<typeof setTimeout>; text: string } | undefined>(undefined);
  const ownPath = useRef<string | undefined>(undefined);

  const read = useCallback(
    (typed: string) => {
      const parsed = parseJson(desc, registry, typed);
      setProblems(parsed.ok ? noProblems : parsed.problems);
      if (!parsed.ok) {
        own.current = { ...own.current, jsonText: typed };
        onChange({ message: own.current.message, jsonText: typed });
        return;
      }
      const before = own.current.tree ?? decodeDocument(desc, registry, own.current.message).message;
      const tree = reconcile(before, parsed.message, registry);
      const change = { message: encodeDocument(tree), jsonText: typed === printMessage(tree, registry) ? undefined : typed };
      own.current = { ...change, tree };
      onChange(change);
    },
    [desc, registry, onChange],
  );
  const latestRead = useRef(read);
  useEffect(() => {
    latestRead.current = read;
  }, [read]);

  const flush = useCallback(() => {
    if (pending.current === undefined) return;
    clearTimeout(pending.current.timer);
    const typed = pending.current.text;
    pending.current = undefined;
    latestRead.current(typed);
  }, []);
  // What was typed last must not be lost when the view is switched within the pause.
  useEffect(() => flush, [flush]);

  const type = (typed: string) => {
    setText(typed);
    if (pending.current !== undefined) clearTimeout(pending.current.timer);
    pending.current = undefined;
    if (typed.length <= maxReadAtOnce) read(typed);
    else pending.current = { text: typed, timer: setTimeout(flush, pauseMs) };
  };

  // The document changed elsewhere: its text takes the place of ours.
  useEffect(() => {
    const isOurs = message === own.current.message || sameScalar(message, own.current.message);
    if (isOurs && jsonText === own.current.jsonText) return;
    own.current = { message, jsonText, tree: undefined };
    const next = textFor(desc, registry, message, jsonText);
    setText(next.text);
    setProblems(next.problems);
  }, [desc, registry, message, jsonText]);

  useEffect(() => {
    onProblems?.(problems);
  }, [problems, onProblems]);

  const selected = useMemo(() => {
    if (selectedPath === undefined || selectedPath === "" || text.length > maxFollowed) return undefined;
    return jsonRangeOf(desc, registry, text, selectedPath);
  }, [desc, registry, text, selectedPath]);

  const marks = useMemo(() => {
    if (problems.length > 0 || violations.length === 0 || text.length > maxFollowed) return problems;
    const ranges = jsonRangesAround(
      desc,
      registry,
      text,
      violations.map(({ path }) => path),
    );
    return violations.map(({ path, message: said }) => ({ ...(ranges.get(path) ?? { from: 0, to: 0 }), message: said, isWarning: true }));
  }, [desc, registry, text, problems, violations]);
  const [broken] = marks;

  const hidden = useMemo(() => hiddenText(desc, registry, message), [desc, registry, message]);
  const formatted = problems.length === 0 || text.length <= maxReadAtOnce ? formatJson(text) : undefined;
  const [worst] = problems;
  return (
    <div className={s.editor}>
      <CodeEditor
        value={text}
        onChange={type}
        label={label ?? `JSON of ${desc.typeName}`}
        problems={marks}
        complete={(typed, offset) => completeJson(desc, registry, typed, offset)}
        hover={(typed, offset) => withRules(hoverJson(desc, registry, typed, offset), rules)}
        onCursor={(offset) => {
          if (onSelectPath === undefined || text.length > maxFollowed) return;
          const path = jsonPathAt(desc, registry, text, offset);
          if (path === undefined || path === ownPath.current) return;
          ownPath.current = path;
          onSelectPath(path);
        }}
        selected={selected}
        goTo={goTo}
      />
      <div className={s.foot}>
        {worst === undefined && broken !== undefined ? (
          <button
            type="button"
            className={s.problem}
            onClick={() => {
              setGoTo({ offset: broken.from });
            }}
          >
            <Icon name="alert" size={14} />
            <span>{`Rule broken: ${violations[0]?.path ?? ""} ${broken.message}`}</span>
          </button>
        ) : worst === undefined ? (
          <span className={s.quiet}>{text.trim() === "" ? "Empty message, 0 B" : `Fits ${desc.typeName}`}</span>
        ) : (
          <button
            type="button"
            className={s.problem}
            onClick={() => {
              setGoTo({ offset: worst.from });
            }}
          >
            <Icon name="alert" size={14} />
            <span>{`Line ${worst.line}, column ${worst.column}: ${worst.message}`}</span>
          </button>
        )}
        <span className={s.sr} role="status">
          {problems.length === 0 ? "" : countOf(problems.length, "problem")}
        </span>
        {hidden !== undefined && (
          <button
            type="button"
            className={s.hidden}
            title={`${hidden}. They are kept and sent. Show the bytes.`}
            onClick={() => props.onShowBytes?.()}
          >
            {hidden}
          </button>
        )}
        {text.length > maxFollowed && (
          <span
            className={s.quiet}
            title={`Above ${countText(maxFollowed)} characters the selected field is not followed here, and broken rules are not marked.`}
          >
            selection not followed
          </span>
        )}
        <span className={s.gap} />
        {marks.length > 1 && <span className={s.quiet}>{`${marks.length - 1} more`}</span>}
        <Button
          size="xs"
          variant="ghost"
          isDisabled={formatted === undefined}
          tip={formatted === undefined ? "The text is no JSON yet" : undefined}
          onPress={() => {
            if (formatted !== undefined) type(formatted);
          }}
        >
          Format
        </Button>
      </div>
    </div>
  );
}

/** What is known of a field, with what the rules ask of it. */
function withRules(hover: JsonHover | undefined, rules: RulesKit | undefined): EditorHover | undefined {
  const asked = hover?.field === undefined ? [] : (rules?.rulesOfField(hover.field) ?? []);
  if (hover === undefined || asked.length === 0) return hover;
  return { ...hover, doc: [hover.doc, `Rules: ${asked.join(" · ")}`].filter((part) => part !== "").join("\n\n") };
}

/** The typed text while it still belongs to the document, else what the document prints. */
function textFor(
  desc: DescMessage,
  registry: Registry,
  message: Uint8Array,
  jsonText: string | undefined,
): { readonly text: string; readonly problems: readonly JsonProblem[] } {
  const { message: tree } = decodeDocument(desc, registry, message);
  if (jsonText !== undefined) {
    const parsed = parseJson(desc, registry, jsonText);
    if (!parsed.ok) return { text: jsonText, problems: parsed.problems };
    if (sameMessage(parsed.message, tree, registry)) return { text: jsonText, problems: noProblems };
  }
  return { text: printMessage(tree, registry), problems: noProblems };
}
