import type { Severity } from "@rpcdeck/wire";
import { cx } from "#lib/cx.ts";
import { countOf, countText } from "#lib/format.ts";
import { Icon, type IconName } from "#ui/icon.tsx";
import type { FindingCounts } from "./finding-ranges.ts";
import s from "./findings.module.css";

/** Worst first. */
const severities = ["error", "warning", "note"] as const satisfies readonly Severity[];
const icons: Record<Severity, IconName> = { error: "x-circle", warning: "alert", note: "info" };

/** The mark of a severity: a shape, and a colour beside it. */
export function SeverityIcon({ severity }: { severity: Severity }) {
  return <Icon name={icons[severity]} size={12} className={s[severity]} />;
}

/** All counts that are not 0, each with its mark: "2 errors 1 note". */
export function SeverityCounts({ counts }: { counts: FindingCounts }) {
  return severities
    .filter((severity) => counts[severity] > 0)
    .map((severity) => (
      <span key={severity} className={s.count}>
        <SeverityIcon severity={severity} />
        {countOf(counts[severity], severity)}
      </span>
    ));
}

/** The findings of a row of the tree: the worst mark, and how many there are when it stands for more than one or for what is folded away. */
export function FindingBadge({ counts, isFolded }: { counts: FindingCounts; isFolded: boolean }) {
  const worst = severities.find((severity) => counts[severity] > 0);
  if (worst === undefined) return null;
  const total = counts.error + counts.warning + counts.note;
  const words = severities
    .filter((severity) => counts[severity] > 0)
    .map((severity) => countOf(counts[severity], severity))
    .join(", ");
  return (
    <span className={cx(s.badge, s[worst])} role="img" aria-label={words} title={words}>
      <Icon name={icons[worst]} size={12} />
      {(total > 1 || isFolded) && countText(total)}
    </span>
  );
}
