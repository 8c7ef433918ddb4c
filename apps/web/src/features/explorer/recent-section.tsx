import { Link } from "@tanstack/react-router";
import { codeNames } from "@rpcdeck/frames";
import { useRecentCalls, type RecentCall } from "#data/sessions.ts";
import { countOf, durationText } from "#lib/format.ts";
import { useNow } from "#lib/use-now.ts";
import { cx } from "#lib/cx.ts";
import { KindIcon } from "#ui/kind-icon.tsx";
import { Lamp, type LampState } from "#ui/lamp.tsx";
import row from "#ui/row.module.css";
import { Section } from "./section.tsx";
import s from "./explorer.module.css";

/** Most recent calls that are listed. */
const shownCalls = 12;
/** Outcomes that say "too late" or "taken back": amber, the others red. */
const mildCodes = new Set([1, 4]);

const kinds = { unary: "unary", "server-stream": "server", "client-stream": "client", bidi: "bidi" } as const;

/** The calls of this visit, newest first. Each leads back to its tab. */
export function RecentSection({ onOpened }: { onOpened: () => void }) {
  const calls = useRecentCalls();
  if (calls.length === 0) return null;
  return (
    <Section title="Recent calls">
      <ul className={s.list}>
        {calls.slice(0, shownCalls).map((call) => (
          <li key={call.id}>
            <Link
              to="/"
              search={{ draft: call.draftId }}
              className={cx(row.row, s.item, s.recent)}
              title={`${call.service}/${call.method}`}
              onClick={onOpened}
            >
              <KindIcon kind={kinds[call.kind]} />
              <span className={row.name}>{call.method}</span>
              <Outcome call={call} />
              {call.end === "running" ? (
                <Elapsed since={call.startedAt} />
              ) : (
                <span className={row.note}>{durationText(call.end.elapsedMs)}</span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Outcome({ call }: { call: RecentCall }) {
  const { lamp, words } = lookOf(call);
  return (
    <span className={cx(s.outcome, lamp === "error" && s.down, lamp === "warn" && s.poor)}>
      <Lamp state={lamp} />
      <span className={row.name}>{words}</span>
    </span>
  );
}

function lookOf({ end, kind }: RecentCall): { lamp: LampState; words: string } {
  if (end === "running") return { lamp: "live", words: kind === "unary" ? "sending" : "open" };
  if (end.cancelled) return { lamp: "off", words: "cancelled" };
  const { code, message } = end.outcome;
  if (code === 0) return { lamp: "ok", words: kind === "unary" ? "OK" : `OK, ${countOf(end.receivedCount, "message")}` };
  const name = (codeNames[code] ?? `code ${code}`).replaceAll("_", " ");
  return { lamp: mildCodes.has(code) ? "warn" : "error", words: message === "" || message.length > 24 ? name : message };
}

function Elapsed({ since }: { since: number }) {
  return <span className={row.note}>{durationText(Math.max(0, useNow(1000) - since))}</span>;
}
