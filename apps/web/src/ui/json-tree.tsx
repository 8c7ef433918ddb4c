import { useEffect, useId, useMemo, useState, type KeyboardEvent, type MouseEvent } from "react";
import type { JsonLine, JsonToken } from "#lib/json-lines.ts";
import { Icon } from "./icon.tsx";
import { rowForKey } from "./row-keys.ts";
import { useVirtualRows } from "./virtual-rows.ts";
import s from "./json-tree.module.css";

const linePx = 18;
/** With more lines than this everything below the second level starts folded. */
const openAtMost = 2_000;
/** A line is cut where the pane ends; of a text no more than this many characters go to the browser, which would measure all of them. */
const drawnCharacters = 1_000;

/** A JSON value line by line: line numbers, folds, types at the end. Only the lines in sight are drawn. */
export function JsonTree(props: {
  /** Accessible name. */
  label: string;
  lines: readonly JsonLine[];
  /** Line of this path is washed. */
  selected?: string | undefined;
  /** Line of this path gets a lit edge: it is selected in the other message. */
  echo?: string | undefined;
  onSelect?: ((path: string) => void) | undefined;
  /** Index of a line to show, unfolding what is around it. */
  reveal?: number | undefined;
  /** Indices of lines that match a search. */
  matches?: ReadonlySet<number> | undefined;
  /** Takes its own height, for a few lines inside something that scrolls. */
  className?: string | undefined;
}) {
  const { lines, selected, reveal } = props;
  const id = useId();
  const [folded, setFolded] = useState<ReadonlySet<number>>(() => startFolds(lines));
  const [from, setFrom] = useState(lines);
  if (from !== lines) {
    setFrom(lines);
    setFolded(startFolds(lines));
  }
  const wanted = reveal ?? (selected === undefined ? undefined : pathIndex(lines, selected));
  // What is around the wanted line unfolds once, so that it can be folded again.
  const [unfoldedFor, setUnfoldedFor] = useState<{ readonly wanted: number | undefined; readonly lines: readonly JsonLine[] }>();
  if (unfoldedFor === undefined || unfoldedFor.wanted !== wanted || unfoldedFor.lines !== lines) {
    setUnfoldedFor({ wanted, lines });
    if (wanted !== undefined) setFolded(new Set([...folded].filter((at) => at >= wanted || (lines[at]?.fold?.end ?? 0) <= wanted)));
  }
  const visible = useMemo(() => visibleLines(lines, folded), [lines, folded]);
  const [active, setActive] = useState(0);
  const { scroller, spacerPx, first, end, top, pageRows, reveal: revealRow } = useVirtualRows(() => visible.length, linePx);

  useEffect(() => {
    const row = wanted === undefined ? -1 : visible.indexOf(wanted);
    if (row >= 0) revealRow(row);
    // Only when another line is wanted: folding elsewhere must not scroll back to it.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [wanted, lines, revealRow]);

  const toggle = (at: number) => {
    const next = new Set(folded);
    if (!next.delete(at)) next.add(at);
    setFolded(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = visible[active] ?? 0;
    const line = lines[at];
    const isFolded = folded.has(at);
    const row = rowForKey(event.key, { at: active, count: visible.length, pageRows });
    if (row !== undefined) {
      setActive(row);
      revealRow(row);
    } else if (event.key === "ArrowRight" && line?.fold && isFolded) toggle(at);
    else if (event.key === "ArrowLeft" && line?.fold && !isFolded) toggle(at);
    else if ((event.key === "Enter" || event.key === " ") && line?.path !== undefined && line.path !== "") props.onSelect?.(line.path);
    else return;
    event.preventDefault();
  };

  const onClick = (event: MouseEvent<HTMLElement>) => {
    event.currentTarget.focus();
    const target = event.target instanceof Element ? event.target : undefined;
    const row = Number(target?.closest<HTMLElement>("[data-row]")?.dataset["row"] ?? Number.NaN);
    const at = visible[row];
    if (at === undefined) return;
    setActive(row);
    const path = lines[at]?.path;
    if (target?.closest("[data-fold]")) toggle(at);
    else if (path !== undefined && path !== "") props.onSelect?.(path);
  };

  const digits = `${Math.max(28, String(lines.length).length * 7 + 14)}px`;
  return (
    <div
      ref={scroller}
      className={`${s.json} ${props.className ?? ""}`}
      role="tree"
      tabIndex={0}
      aria-label={props.label}
      aria-activedescendant={visible.length > 0 ? `${id}-${visible[active] ?? 0}` : undefined}
      onKeyDown={onKeyDown}
      onClick={onClick}
      style={{ "--digits": digits }}
    >
      <div className={s.space} style={{ blockSize: spacerPx }} role="presentation">
        {visible.slice(first, end).map((at, offset) => {
          const line = lines[at];
          if (line === undefined) return undefined;
          const row = first + offset;
          const isFolded = folded.has(at);
          return (
            <div
              key={at}
              id={`${id}-${at}`}
              className={s.line}
              role="treeitem"
              aria-level={line.depth + 1}
              aria-setsize={-1}
              aria-posinset={line.number}
              {...(line.fold ? { "aria-expanded": !isFolded } : {})}
              aria-selected={line.path !== undefined && line.path !== "" && line.path === selected}
              {...(line.path !== undefined && line.path !== "" && line.path === selected ? { "data-selected": "" } : {})}
              {...(line.path !== undefined && line.path !== "" && line.path === props.echo ? { "data-echo": "" } : {})}
              {...(props.matches?.has(at) ? { "data-match": "" } : {})}
              {...(row === active ? { "data-active": "" } : {})}
              style={{ insetBlockStart: top(row), "--depth": line.depth }}
              data-row={row}
              tabIndex={-1}
            >
              <span className={s.number}>{line.number}</span>
              {line.fold ? (
                <span className={s.fold} data-fold="" aria-hidden="true">
                  <Icon name={isFolded ? "chevron-right" : "chevron-down"} size={12} />
                </span>
              ) : (
                <span />
              )}
              <code>
                <Tokens tokens={isFolded && line.fold ? line.fold.tokens : line.tokens} />
              </code>
              <span className={s.meta}>{line.meta}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Pieces of JSON in their inks. */
export function Tokens({ tokens }: { tokens: readonly JsonToken[] }) {
  return tokens.map((token, index) => (
    // Tokens of a line never move.
    // oxlint-disable-next-line react/no-array-index-key
    <span key={index} className={inks[token.kind]}>
      {token.text.length > drawnCharacters ? `${token.text.slice(0, drawnCharacters)}…` : token.text}
    </span>
  ));
}

const inks: Record<JsonToken["kind"], string | undefined> = {
  key: s.key,
  string: s.string,
  number: s.value,
  punct: undefined,
  chip: s.chip,
};

function pathIndex(lines: readonly JsonLine[], path: string): number | undefined {
  const at = lines.findIndex((line) => line.path === path);
  return at === -1 ? undefined : at;
}

function visibleLines(lines: readonly JsonLine[], folded: ReadonlySet<number>): number[] {
  const visible: number[] = [];
  for (let at = 0; at < lines.length; at++) {
    visible.push(at);
    const fold = folded.has(at) ? lines[at]?.fold : undefined;
    if (fold) at = fold.end;
  }
  return visible;
}

function startFolds(lines: readonly JsonLine[]): ReadonlySet<number> {
  if (lines.length <= openAtMost) return new Set();
  const folds = new Set<number>();
  lines.forEach((line, at) => {
    if (line.fold && line.depth >= 2) folds.add(at);
  });
  return folds;
}
