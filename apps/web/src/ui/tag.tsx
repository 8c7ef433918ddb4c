import type { ReactNode } from "react";
import s from "./tag.module.css";

/** A small framed word: a protocol, a zone. */
export function Tag({ children }: { children: ReactNode }) {
  return <span className={s.tag}>{children}</span>;
}
