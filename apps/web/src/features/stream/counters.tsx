import type { CallSnapshot } from "#data/call-state.ts";
import { bytesText, countText } from "#lib/format.ts";
import text from "#ui/text.module.css";
import s from "./stream.module.css";

/** Window of the rate, in milliseconds. */
const rateWindowMs = 10_000;

/** What went each way so far. */
export function Counters({ snapshot, now }: { snapshot: CallSnapshot; now: number }) {
  const rate = ratesOf(snapshot, now);
  return (
    <section className={s.counters} aria-label="Counters">
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className={text.sr}>What</span>
            </th>
            <th scope="col">Sent</th>
            <th scope="col">Received</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">messages</th>
            <td>{countText(snapshot.sentCount)}</td>
            <td>{countText(snapshot.receivedCount)}</td>
          </tr>
          <tr>
            <th scope="row">bytes</th>
            <td>{bytesText(snapshot.sentBytes)}</td>
            <td>{bytesText(snapshot.receivedBytes)}</td>
          </tr>
          <tr>
            <th scope="row">rate, last 10 s</th>
            <td>{rate.sent} /s</td>
            <td>{rate.received} /s</td>
          </tr>
          {snapshot.heldCount > 0 && (
            <tr>
              <th scope="row">here, not shown yet</th>
              <td colSpan={2} className={s.warn}>
                {countText(snapshot.heldCount)}
              </td>
            </tr>
          )}
          {snapshot.droppedMessages > 0 && (
            <tr>
              <th scope="row">{snapshot.countOnly ? "counted, not kept" : "no longer kept"}</th>
              <td colSpan={2}>{countText(snapshot.droppedMessages)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

function ratesOf(snapshot: CallSnapshot, now: number): { sent: string; received: string } {
  let sent = 0;
  let received = 0;
  const from = now - rateWindowMs;
  for (let at = snapshot.messages.length - 1; at >= 0; at--) {
    const message = snapshot.messages[at];
    if (message === undefined || message.at < from) break;
    if (message.direction === "sent") sent += 1;
    else received += 1;
  }
  const since = snapshot.state.kind === "idle" ? now : snapshot.state.since;
  const seconds = Math.max(1, Math.min(rateWindowMs, now - since) / 1000);
  const text = (count: number) => (count / seconds < 10 ? (count / seconds).toFixed(1) : countText(Math.round(count / seconds)));
  return { sent: text(sent), received: text(received) };
}
