import { useRef, type KeyboardEvent } from "react";
import { IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { KindIcon, type MethodKind } from "#ui/kind-icon.tsx";
import { Lamp } from "#ui/lamp.tsx";
import { cx } from "#lib/cx.ts";
import s from "./call-tabs.module.css";

/** One open call. */
export interface CallTab {
  readonly id: string;
  readonly service: string;
  readonly method: string;
  /** Undefined while its schema is not here. */
  readonly kind: MethodKind | undefined;
  /** Its call is running. */
  readonly live: boolean;
  /** It differs from what was sent last. */
  readonly changed: boolean;
}

/** The open calls. Arrows move between tabs, Delete closes one. */
export function CallTabs(props: {
  tabs: readonly CallTab[];
  current: string | undefined;
  onOpen: (id: string) => void;
  onClose: (id: string) => void;
  /** Undefined where there is no method to make another call of. */
  onNew: { readonly label: string; readonly action: () => void } | undefined;
}) {
  const { tabs, current } = props;
  const strip = useRef<HTMLDivElement>(null);
  const focusTab = (id: string | undefined) => {
    if (id !== undefined) strip.current?.querySelector<HTMLElement>(`[data-tab="${id}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = event.key === "Home" ? tabs[0] : event.key === "End" ? tabs.at(-1) : tabs[index + step];
    if (step !== 0 || event.key === "Home" || event.key === "End") {
      if (next) {
        props.onOpen(next.id);
        focusTab(next.id);
      }
    } else if (event.key === "Delete") {
      const tab = tabs[index];
      if (tab) props.onClose(tab.id);
    } else return;
    event.preventDefault();
  };
  return (
    <div className={s.strip} data-pane="tabs">
      <div className={s.tabs} role="tablist" aria-label="Open calls" ref={strip}>
        {tabs.map((tab, index) => {
          const isCurrent = tab.id === current;
          const state = tab.live ? ", running" : tab.changed ? ", changed since it was sent" : "";
          return (
            <div key={tab.id} className={cx(s.tab, isCurrent && s.current)} role="presentation">
              <div
                role="tab"
                tabIndex={isCurrent || (current === undefined && index === 0) ? 0 : -1}
                aria-selected={isCurrent}
                aria-keyshortcuts="Delete"
                aria-label={`${tab.method}${state}`}
                data-tab={tab.id}
                className={s.name}
                title={`${tab.service}/${tab.method}`}
                onClick={() => {
                  props.onOpen(tab.id);
                }}
                onAuxClick={(event) => {
                  if (event.button === 1) props.onClose(tab.id);
                }}
                onKeyDown={(event) => {
                  onKeyDown(event, index);
                }}
              >
                {tab.kind && <KindIcon kind={tab.kind} />}
                <span>{tab.method}</span>
                {tab.live && <Lamp state="live" />}
              </div>
              <button
                type="button"
                className={s.close}
                tabIndex={-1}
                // A list of tabs holds tabs only: by keyboard Delete closes one.
                aria-hidden="true"
                title={tab.changed ? "Changed since it was sent. Close" : "Close"}
                onClick={() => {
                  props.onClose(tab.id);
                }}
              >
                {tab.changed && <i className={s.dot} />}
                <Icon name="x" size={14} />
              </button>
            </div>
          );
        })}
      </div>
      {props.onNew && <IconButton label={props.onNew.label} icon="plus" size="sm" keys="N" onPress={props.onNew.action} />}
    </div>
  );
}
