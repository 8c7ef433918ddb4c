import { Dialog } from "react-aria-components/Dialog";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { cx } from "#lib/cx.ts";
import { countOf } from "#lib/format.ts";
import { Icon } from "#ui/icon.tsx";
import { Keys } from "#ui/keys.tsx";
import { KindIcon } from "#ui/kind-icon.tsx";
import { Lamp } from "#ui/lamp.tsx";
import { Tag } from "#ui/tag.tsx";
import text from "#ui/text.module.css";
import { rank, type Match } from "./rank.ts";
import { useEntries, type Entry } from "./use-entries.ts";
import s from "./palette.module.css";

/** Most rows of one group. */
const rowsPerGroup = 8;
const groups = ["Methods", "Instances", "Actions"] as const;
const prefixes: Record<string, (typeof groups)[number]> = { "@": "Instances", ">": "Actions" };

/** Finds a method, an instance or an action by words. `@` leaves only instances, `>` only actions. */
export function Palette({ onClose, onShow }: { onClose: () => void; onShow: (what: "settings" | "shortcuts") => void }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const entries = useEntries(onShow);
  const only = prefixes[query[0] ?? ""];
  const words = only === undefined ? query : query.slice(1);
  const found = groups.flatMap((group) => (only === undefined || only === group ? search(entries, group, words) : []));
  const active = Math.min(at, found.length - 1);

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [active, query]);

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = found.length - 1;
    if (event.key === "ArrowDown") setAt(active >= last ? 0 : active + 1);
    else if (event.key === "ArrowUp") setAt(active <= 0 ? last : active - 1);
    else if (event.key === "PageDown") setAt(Math.min(last, active + 8));
    else if (event.key === "PageUp") setAt(Math.max(0, active - 8));
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) run(found[active]?.entry);
    else return;
    event.preventDefault();
  };

  return (
    <ModalOverlay
      className={s.scrim ?? ""}
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={s.palette ?? ""}>
        <Dialog aria-label="Find a method, service or instance" className={s.dialog ?? ""}>
          <div className={s.in}>
            <Icon name="search" />
            <input
              className={s.text}
              role="combobox"
              aria-expanded={found.length > 0}
              aria-controls={`${id}-list`}
              aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
              aria-autocomplete="list"
              aria-label="Find"
              placeholder="Find a method, service or instance"
              spellCheck={false}
              autoComplete="off"
              // oxlint-disable-next-line jsx-a11y/no-autofocus -- a palette is opened in order to type
              autoFocus
              value={query}
              onChange={(event) => {
                setQuery(event.target.value);
                setAt(0);
              }}
              onKeyDown={onKeyDown}
            />
            <Tag>{countOf(found.length, "result")}</Tag>
          </div>
          <div className={s.list} role="listbox" id={`${id}-list`} aria-label="Results" ref={list}>
            {groups.map((group) => {
              const rows = found.map((hit, index) => ({ ...hit, index })).filter((hit) => hit.entry.group === group);
              return rows.length === 0 ? null : (
                <div key={group} role="group" aria-label={group}>
                  <div className={s.group} aria-hidden="true">
                    {group}
                  </div>
                  {rows.map(({ entry, matches, index }) => (
                    <div
                      key={entry.key}
                      id={`${id}-${index}`}
                      role="option"
                      aria-selected={index === active}
                      tabIndex={-1}
                      className={s.option}
                      onPointerMove={() => {
                        if (index !== active) setAt(index);
                      }}
                      onClick={() => run(entry)}
                      onKeyDown={onKeyDown}
                    >
                      <Mark entry={entry} />
                      <span className={cx(s.name, entry.isGone === true && text.struck)}>
                        <Marked text={entry.text} matches={matches} />
                      </span>
                      <span className={s.note}>{entry.note}</span>
                      <span className={s.end}>
                        {entry.end}
                        {entry.keys !== undefined && <Keys keys={entry.keys} />}
                      </span>
                    </div>
                  ))}
                </div>
              );
            })}
          </div>
          {found.length === 0 && (
            <div className={s.nothing} role="status">
              Nothing found for “{words.trim()}”
            </div>
          )}
          <div className={s.foot}>
            <span>
              <Keys keys="↑ ↓" /> move
            </span>
            <span>
              <Keys keys="↵" /> open
            </span>
            <span className={s.gap} />
            <span className={cx(text.quiet, s.hint)}>
              <Keys keys=">" /> actions
            </span>
            <span className={cx(text.quiet, s.hint)}>
              <Keys keys="@" /> instances
            </span>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function search(entries: readonly Entry[], group: Entry["group"], words: string): { entry: Entry; matches: readonly Match[] }[] {
  return entries
    .filter((entry) => entry.group === group)
    .flatMap((entry) => {
      const hit = rank(entry.text, words);
      return hit ? [{ entry, matches: hit.matches, score: hit.score }] : [];
    })
    .toSorted((a, b) => (words.trim() === "" ? 0 : b.score - a.score))
    .slice(0, rowsPerGroup);
}

function Mark({ entry }: { entry: Entry }) {
  if ("method" in entry.mark) return <KindIcon kind={entry.mark.method} />;
  if ("lamp" in entry.mark) return <Lamp state={entry.mark.lamp} label={entry.mark.word} />;
  return <Icon name={entry.mark.icon} />;
}

/** A text with the found words lit from below. */
function Marked({ text: whole, matches }: { text: string; matches: readonly Match[] }) {
  const parts = [];
  let from = 0;
  for (const match of matches) {
    if (match.start < from) continue;
    parts.push(whole.slice(from, match.start), <mark key={match.start}>{whole.slice(match.start, match.end)}</mark>);
    from = match.end;
  }
  return (
    <>
      {parts}
      {whole.slice(from)}
    </>
  );
}
