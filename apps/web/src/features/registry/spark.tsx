import s from "./registry.module.css";

/** Calls per second over the last 60 seconds as a small line. `values` are oldest first. */
export function Spark({ values, width = 48, height = 16 }: { values: readonly number[]; width?: number; height?: number }) {
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length - 1);
  const path = values
    .map(
      (value, index) =>
        `${index === 0 ? "M" : "L"}${(index * step).toFixed(1)} ${(height - 1.5 - (value / most) * (height - 3)).toFixed(1)}`,
    )
    .join("");
  return (
    <svg className={s.spark} width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <path className={s.sparkBase} d={`M0 ${height - 0.5}H${width}`} />
      {path !== "" && <path d={path} />}
    </svg>
  );
}
