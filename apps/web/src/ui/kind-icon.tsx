import { cx } from "#lib/cx.ts";
import s from "./icon.module.css";

/** How many messages go each way. */
export type MethodKind = "unary" | "server" | "client" | "bidi";

/** The words for a method kind, as they stand in lists. */
export const kindWords: Record<MethodKind, string> = {
  unary: "unary",
  server: "server stream",
  client: "client stream",
  bidi: "bidi stream",
};

const one = { request: "M2 4.75h11.5M11 2.25l2.5 2.5-2.5 2.5", response: "M14 11.25H2.5M5 8.75l-2.5 2.5 2.5 2.5" };
const many = {
  request: "M2.75 2.25l2.5 2.5-2.5 2.5M6.9 2.25l2.5 2.5-2.5 2.5M11.05 2.25l2.5 2.5-2.5 2.5",
  response: "M13.25 8.75l-2.5 2.5 2.5 2.5M9.1 8.75l-2.5 2.5 2.5 2.5M4.95 8.75l-2.5 2.5 2.5 2.5",
};

/** Two lanes, request above and response below: an arrow is one message, three chevrons are a stream. */
export function KindIcon({ kind, className }: { kind: MethodKind; className?: string | undefined }) {
  const request = kind === "client" || kind === "bidi" ? many.request : one.request;
  const response = kind === "server" || kind === "bidi" ? many.response : one.response;
  return (
    <svg className={cx(s.icon, s.kind, className)} viewBox="0 0 16 16" role="img" aria-label={kindWords[kind]}>
      <path d={request} />
      <path d={response} />
    </svg>
  );
}
