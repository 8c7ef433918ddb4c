import { describeBytes } from "./describe-bytes.ts";
import type { Exchange } from "./exchange.ts";
import { maxHeaderFields, type InboundLimits } from "./limits.ts";

/** What HTTP/2 counts for a field beside its name and value (RFC 9113, section 6.5.2). */
const fieldOverhead = 32;

/** What is wrong with the size of a request's headers, in words that name the limit and its flag; undefined when nothing is. */
export function headersProblem(exchange: Pick<Exchange, "http" | "headers">, limits: InboundLimits): string | undefined {
  const { headers } = exchange;
  const most = maxHeaderFields(limits);
  if (headers.length > most) return `request of ${headers.length} header fields has more than the limit of ${most} (--max-headers)`;
  if (exchange.http !== "2") return undefined; // node has counted them while it read
  let size = 0;
  for (const [name, value] of headers) size += name.length + value.length + fieldOverhead;
  if (size <= limits.maxHeaderBytes) return undefined;
  return `request headers of ${describeBytes(size)} are larger than the limit of ${describeBytes(limits.maxHeaderBytes)} (--max-headers)`;
}
