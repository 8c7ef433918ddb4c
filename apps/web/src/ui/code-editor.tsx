import { lazy, Suspense } from "react";
import s from "./code-editor.module.css";

/** A place in the text that is marked, with what is wrong there. Offsets are UTF-16 code units. */
export interface EditorProblem {
  readonly from: number;
  readonly to: number;
  readonly message: string;
  /** A warning does not keep the text from being used. */
  readonly isWarning?: boolean;
}

/** What could be typed at the cursor. */
export interface EditorCompletions {
  readonly from: number;
  readonly to: number;
  readonly items: readonly {
    readonly label: string;
    /** The text that takes the place of the range. */
    readonly insert: string;
    readonly kind: "field" | "enum" | "value" | "type";
    readonly detail: string;
    readonly info: string;
  }[];
}

/** What is shown while the pointer rests on a range. */
export interface EditorHover {
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly doc: string;
}

export interface CodeEditorProps {
  readonly value: string;
  readonly onChange?: ((value: string) => void) | undefined;
  /** Accessible name. */
  readonly label: string;
  readonly isReadOnly?: boolean;
  readonly problems?: readonly EditorProblem[] | undefined;
  readonly complete?: ((text: string, offset: number) => EditorCompletions | undefined) | undefined;
  readonly hover?: ((text: string, offset: number) => EditorHover | undefined) | undefined;
  /** The user put the cursor somewhere. */
  readonly onCursor?: ((offset: number) => void) | undefined;
  /** A range washed as the selected field, and scrolled into view when it changes. */
  readonly selected?: { readonly from: number; readonly to: number } | undefined;
  /** Puts the cursor at `offset` whenever the object is another. */
  readonly goTo?: { readonly offset: number } | undefined;
}

const CodeMirror = lazy(async () => ({ default: (await import("./code-mirror.tsx")).CodeMirror }));

/** A code editor for JSON. The editor itself is a chunk of its own: until it is there the text is shown plainly. */
export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<pre className={s.plain}>{props.value.slice(0, 10_000)}</pre>}>
      <CodeMirror {...props} />
    </Suspense>
  );
}
