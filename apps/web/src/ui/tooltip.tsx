import { Tooltip, TooltipTrigger } from "react-aria-components/Tooltip";
import type { ReactElement } from "react";
import { Keys } from "./keys.tsx";
import s from "./tooltip.module.css";

const openAfterMs = 400;

/** A tooltip for one focusable React Aria control: after 400 ms of hovering, at once on focus. */
export function Tip({ text, keys, children }: { text: string; keys?: string | undefined; children: ReactElement }) {
  return (
    <TooltipTrigger delay={openAfterMs} closeDelay={0}>
      {children}
      <Tooltip className={s.tip ?? ""} offset={6}>
        {text}
        {keys !== undefined && <Keys keys={keys} />}
      </Tooltip>
    </TooltipTrigger>
  );
}
