import type { WireIndex, WireRecord } from "@rpcdeck/wire";
import { Fragment } from "react";
import { Icon } from "#ui/icon.tsx";
import { Keys } from "#ui/keys.tsx";
import { Swatch } from "#ui/swatch.tsx";
import { rangeText } from "./range-text.ts";
import { nameOf } from "./wire-tree.tsx";
import s from "./wire-dock.module.css";

/** The strip below: the path of the selected field, each step a button, and the bytes it takes. */
export function DockCrumbs(props: {
  index: WireIndex;
  record: WireRecord | undefined;
  /** Offsets of the grid: the extended range, else the record. */
  range: { start: number; end: number } | undefined;
  channelOf: (record: WireRecord) => number | undefined;
  onSelect: (record: WireRecord | undefined) => void;
  /** Said in place of the range, such as an offset that does not exist. */
  message: string | undefined;
  canShowInForm: boolean;
}) {
  const { index, record, range } = props;
  const chain: WireRecord[] = [];
  for (let step = record; step !== undefined; step = step.level.parent) {
    const isEntryValue = step !== record && step.level.table?.isMapEntry === true;
    if (!isEntryValue) chain.unshift(step);
  }
  return (
    <div className={s.crumbs}>
      <span className={s.crumbPath}>
        <button
          type="button"
          className={s.crumb}
          onClick={() => {
            props.onSelect(undefined);
          }}
        >
          {index.type?.name ?? "message"}
        </button>
        {chain.map((step) => (
          <Fragment key={step.start}>
            <Icon name="chevron-right" size={12} />
            {step === record ? (
              <b className={s.crumbLast}>
                <Swatch channel={index.children(step) === undefined ? props.channelOf(step) : undefined} />
                {nameOf(index, step)}
              </b>
            ) : (
              <button
                type="button"
                className={s.crumb}
                onClick={() => {
                  props.onSelect(step);
                }}
              >
                {nameOf(index, step)}
              </button>
            )}
          </Fragment>
        ))}
      </span>
      <span className={s.crumbRange} role="status">
        {props.message ?? (range === undefined ? "" : rangeText(range.start, range.end))}
      </span>
      <span className={s.gap} />
      <span className={s.hint}>
        <Keys keys="↑ ↓" /> field
      </span>
      <span className={s.hint}>
        <Keys keys="← →" /> byte
      </span>
      {props.canShowInForm && (
        <span className={s.hint}>
          <Keys keys="Enter" /> show in form
        </span>
      )}
    </div>
  );
}
