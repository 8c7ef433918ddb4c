import { Tab, TabList, TabPanel as AriaTabPanel, Tabs as AriaTabs } from "react-aria-components/Tabs";
import type { ReactNode } from "react";
import { cx } from "#lib/cx.ts";
import { Icon } from "./icon.tsx";
import s from "./tabs.module.css";

/** One tab. */
export interface TabItem<Id extends string = string> {
  readonly id: Id;
  readonly label: string;
  /** Shown behind the label when it is not 0. */
  readonly count?: number | undefined;
  /** Turns the count red and adds a triangle; the words say what is wrong. */
  readonly problem?: string | undefined;
  readonly isDisabled?: boolean | undefined;
}

/** A pane with a row of tabs at its head. `end` holds the pane's icon buttons. Give it one `TabPanel` for each tab. */
export function Tabs<Id extends string>(props: {
  label: string;
  tabs: readonly TabItem<Id>[];
  selected: Id;
  onSelect: (id: Id) => void;
  end?: ReactNode;
  children: ReactNode;
  className?: string | undefined;
  /** Class of the row, for a pane that lays it out in its own way. */
  rowClassName?: string | undefined;
}) {
  return (
    <AriaTabs
      className={cx(s.root, props.className)}
      selectedKey={props.selected}
      onSelectionChange={(key) => {
        const tab = props.tabs.find((item) => item.id === key);
        if (tab) props.onSelect(tab.id);
      }}
    >
      <div className={cx(s.row, props.rowClassName)}>
        <TabList aria-label={props.label} className={s.list ?? ""}>
          {props.tabs.map((tab) => (
            <Tab key={tab.id} id={tab.id} className={s.tab ?? ""} isDisabled={tab.isDisabled ?? false}>
              {tab.label}
              {tab.problem !== undefined ? (
                <span className={cx(s.count, s.bad)} title={tab.problem}>
                  <Icon name="alert" size={12} />
                  {tab.count}
                </span>
              ) : (
                !!tab.count && <span className={s.count}>{tab.count}</span>
              )}
            </Tab>
          ))}
        </TabList>
        {props.end !== undefined && <div className={s.end}>{props.end}</div>}
      </div>
      {props.children}
    </AriaTabs>
  );
}

/** What a tab shows. Hidden panels are not in the page unless `keep` says so. */
export function TabPanel({
  id,
  keep = false,
  className,
  children,
}: {
  id: string;
  keep?: boolean;
  className?: string | undefined;
  children: ReactNode;
}) {
  return (
    <AriaTabPanel id={id} shouldForceMount={keep} className={cx(s.panel, className)}>
      {children}
    </AriaTabPanel>
  );
}
