import { autocompletion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { json } from "@codemirror/lang-json";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { Annotation, EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, hoverTooltip } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { useEffect, useLayoutEffect, useRef } from "react";
import type { CodeEditorProps } from "./code-editor.tsx";
import { typeOverSelection } from "./type-over-selection.ts";
import s from "./code-editor.module.css";

/** CodeMirror 6 behind the props of `CodeEditor`. */
export function CodeMirror(props: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  // Extensions are made once and always call the newest props.
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });
  // The text that was given out last: while it comes back unchanged, nothing is compared.
  const given = useRef(props.value);

  useEffect(() => {
    if (host.current === null) return undefined;
    const editor = new EditorView({
      parent: host.current,
      doc: latest.current.value,
      extensions: [
        basicSetup,
        json(),
        syntaxHighlighting(highlight),
        theme,
        lintGutter(),
        selectedField,
        typeOverSelection,
        autocompletion({ override: [(context) => completions(context, () => latest.current)], icons: false }),
        hoverTooltip((editorView, offset) => hover(editorView, offset, latest.current)),
        EditorView.contentAttributes.of({ "aria-label": latest.current.label }),
        EditorView.cspNonce.of(document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce ?? ""),
        EditorState.readOnly.of(latest.current.isReadOnly === true),
        EditorView.updateListener.of((update) => {
          const isOwn = update.transactions.some((transaction) => transaction.annotation(fromOutside) === true);
          if (isOwn) return;
          if (update.docChanged) {
            given.current = update.state.doc.toString();
            latest.current.onChange?.(given.current);
          }
          if (update.docChanged || update.selectionSet) latest.current.onCursor?.(update.state.selection.main.head);
        }),
      ],
    });
    given.current = latest.current.value;
    view.current = editor;
    show(editor, latest.current);
    return () => {
      editor.destroy();
      view.current = undefined;
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || props.value === given.current) return;
    given.current = props.value;
    replaceText(editor, props.value);
  }, [props.value]);

  useEffect(() => {
    if (view.current !== undefined) show(view.current, { problems: props.problems, selected: props.selected });
  }, [props.problems, props.selected]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || props.goTo === undefined) return;
    const anchor = Math.min(props.goTo.offset, editor.state.doc.length);
    editor.dispatch({ selection: { anchor }, scrollIntoView: true });
    editor.focus();
  }, [props.goTo]);

  return <div ref={host} className={s.editor} />;
}

const fromOutside = Annotation.define<boolean>();
const setSelected = StateEffect.define<{ readonly from: number; readonly to: number } | undefined>();
const selectedMark = Decoration.line({ class: "cm-selectedField" });

/** The lines of the selected field, washed. */
const selectedField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setSelected)) continue;
      const { value } = effect;
      if (value === undefined || value.from > transaction.newDoc.length) next = Decoration.none;
      else {
        const first = transaction.newDoc.lineAt(value.from).number;
        const last = transaction.newDoc.lineAt(Math.min(value.to, transaction.newDoc.length)).number;
        const lines = Array.from({ length: Math.min(last - first + 1, 500) }, (_, at) => transaction.newDoc.line(first + at));
        next = Decoration.set(lines.map((line) => selectedMark.range(line.from)));
      }
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function show(editor: EditorView, { problems, selected }: Pick<CodeEditorProps, "problems" | "selected">): void {
  const end = editor.state.doc.length;
  const diagnostics: Diagnostic[] = (problems ?? []).map(({ from, to, message, isWarning }) => ({
    from: Math.min(from, end),
    to: Math.min(Math.max(to, from), end),
    severity: isWarning === true ? "warning" : "error",
    message,
  }));
  editor.dispatch(setDiagnostics(editor.state, diagnostics));
  const isInView = selected !== undefined && !editor.hasFocus;
  editor.dispatch({
    effects: [setSelected.of(selected), ...(isInView ? [EditorView.scrollIntoView(Math.min(selected.from, end))] : [])],
    annotations: fromOutside.of(true),
  });
}

/** Replaces the part that differs, so that cursor and folds stay where they can. */
function replaceText(editor: EditorView, next: string): void {
  const old = editor.state.doc.toString();
  let from = 0;
  const shorter = Math.min(old.length, next.length);
  while (from < shorter && old.charCodeAt(from) === next.charCodeAt(from)) from++;
  let tail = 0;
  while (tail < shorter - from && old.charCodeAt(old.length - 1 - tail) === next.charCodeAt(next.length - 1 - tail)) tail++;
  editor.dispatch({
    changes: { from, to: old.length - tail, insert: next.slice(from, next.length - tail) },
    annotations: fromOutside.of(true),
  });
}

function completions(context: CompletionContext, props: () => CodeEditorProps): CompletionResult | null {
  const text = context.state.doc.toString();
  const found = props().complete?.(text, context.pos);
  if (found === undefined) return null;
  const isTyping = found.from < context.pos;
  if (!isTyping && !context.explicit && !/[{[,:]\s?$/.test(text.slice(Math.max(0, context.pos - 2), context.pos))) return null;
  const typed = plain(text.slice(found.from, context.pos));
  const matching = found.items.filter((item) => plain(item.label).includes(typed));
  const isStart = (label: string) => plain(label).startsWith(typed);
  return {
    from: found.from,
    to: Math.max(found.to, context.pos),
    // The range may hold a closing quotation mark that nobody typed: what matches is decided here.
    filter: false,
    // Without this every keystroke asks anew after a pause, and a click on an option within that pause would do nothing.
    update: (_current, _from, _to, next) => completions(next, props),
    options: matching
      .toSorted((a, b) => Number(isStart(b.label)) - Number(isStart(a.label)))
      .map((item) => ({
        label: item.label,
        apply: item.insert,
        detail: item.detail,
        type: item.kind,
        ...(item.info === "" ? {} : { info: item.info }),
      })),
  };
}

function plain(text: string): string {
  return text.replace(/^"/, "").replaceAll("_", "").toLowerCase();
}

function hover(editor: EditorView, offset: number, props: CodeEditorProps) {
  const found = props.hover?.(editor.state.doc.toString(), offset);
  if (found === undefined) return null;
  return {
    pos: found.from,
    end: found.to,
    create: () => {
      const dom = document.createElement("div");
      dom.className = "cm-docs";
      const title = document.createElement("code");
      title.textContent = found.title;
      dom.append(title);
      if (found.doc !== "") {
        const doc = document.createElement("p");
        doc.textContent = found.doc;
        dom.append(doc);
      }
      return { dom };
    },
  };
}

const highlight = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--syn-key)" },
  { tag: tags.string, color: "var(--syn-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--syn-number)" },
  { tag: [tags.separator, tags.squareBracket, tags.brace], color: "var(--syn-punct)" },
]);

const theme = EditorView.theme({
  "&": { backgroundColor: "var(--bg-panel)", color: "var(--fg)", fontSize: "var(--text-mono)", blockSize: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--font-mono)",
    fontVariantLigatures: "none",
    lineHeight: "var(--leading-mono)",
    scrollbarWidth: "thin",
  },
  ".cm-content": { paddingBlock: "6px", caretColor: "var(--fg)" },
  ".cm-cursor": { borderLeftColor: "var(--fg)" },
  ".cm-gutters": { backgroundColor: "var(--bg-panel)", color: "var(--fg-3)", border: "none", fontSize: "var(--text-xs)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--bg-hover)" },
  ".cm-selectedField": { backgroundColor: "var(--bg-selected)", boxShadow: "inset var(--key-line) 0 var(--accent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--bg-pressed)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "none" },
  ".cm-foldPlaceholder": {
    backgroundColor: "transparent",
    border: "1px solid var(--line)",
    color: "var(--fg-3)",
    borderRadius: "var(--r-chip)",
    paddingInline: "4px",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--bg-raised)",
    color: "var(--fg)",
    border: "1px solid var(--line-float)",
    borderRadius: "var(--r-popover)",
    boxShadow: "var(--shadow-float)",
    fontFamily: "var(--font-ui)",
    fontSize: "var(--text-sm)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--font-mono)", fontSize: "var(--text-mono)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--bg-selected)", color: "var(--fg)" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent)" },
  ".cm-completionDetail": { color: "var(--fg-3)", fontStyle: "normal", marginInlineStart: "12px" },
  ".cm-completionInfo": { maxInlineSize: "320px", padding: "6px 8px", whiteSpace: "pre-wrap" },
  ".cm-docs": { maxInlineSize: "360px", padding: "6px 8px", whiteSpace: "pre-wrap" },
  ".cm-docs p": { margin: "4px 0 0", color: "var(--fg-2)" },
  ".cm-lint-marker-error": {
    content: "none",
    inlineSize: "8px",
    blockSize: "8px",
    marginBlockStart: "5px",
    backgroundColor: "var(--error)",
  },
  ".cm-lint-marker-warning": {
    content: "none",
    inlineSize: "8px",
    blockSize: "8px",
    marginBlockStart: "5px",
    backgroundColor: "var(--warn)",
  },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--error)" },
  ".cm-panels": { backgroundColor: "var(--bg-app)", color: "var(--fg)", borderColor: "var(--line)" },
  ".cm-panel input, .cm-panel button": { fontSize: "var(--text-sm)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn)" },
});
