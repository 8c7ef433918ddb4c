const maxGrpcDigits = 99_999_999;
const msByUnit: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 };

/** Time left as a grpc-timeout value: at most 8 digits and a unit, rounded down, never zero. */
export function grpcTimeoutFrom(timeoutMs: number): string {
  if (timeoutMs < 100) return `${Math.max(1, Math.floor(timeoutMs * 1000))}u`;
  if (timeoutMs <= maxGrpcDigits) return `${Math.floor(timeoutMs)}m`;
  const seconds = Math.floor(timeoutMs / 1000);
  if (seconds <= maxGrpcDigits) return `${seconds}S`;
  return `${Math.min(maxGrpcDigits, Math.floor(seconds / 3600))}H`;
}

/** Milliseconds of a grpc-timeout value; undefined when it is not one. */
export function parseGrpcTimeout(text: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  const unit = match?.[2] === undefined ? undefined : msByUnit[match[2]];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

/** Time left as a Connect-Timeout-Ms value: at most 10 digits, rounded down, never negative. */
export function connectTimeoutFrom(timeoutMs: number): string {
  return String(Math.min(9_999_999_999, Math.max(0, Math.floor(timeoutMs))));
}

/** Milliseconds of a Connect-Timeout-Ms value; undefined when it is not one. */
export function parseConnectTimeout(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
