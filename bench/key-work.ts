/** What Chromium writes of one event into a trace; times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Of `dur`, what the thread really had of a processor; not everywhere. */
  readonly tdur?: number;
  readonly args?: { readonly data?: { readonly type?: string } };
}

const longTaskMicros = 50_000;

/** Work of the main thread that one key made: scripts, style, layout and paint, in milliseconds of processor time. */
export interface KeyWork {
  /** Up to the end of the task that drew the first frame after it. */
  readonly toPaintMs: number;
  /** Until the next key, with what was left for later. */
  readonly totalMs: number;
  /** The longest of its tasks: what another key may have to wait for. */
  readonly longestMs: number;
  /** Tasks of 50 ms and more by the clock, which the browser calls long. */
  readonly longTasks: number;
}

/** The work of every key in a trace of the categories devtools.timeline and disabled-by-default-devtools.timeline. */
export function keyWorkOf(events: readonly TraceEvent[]): readonly KeyWork[] {
  const downs = events.filter(({ name, args }) => name === "EventDispatch" && args?.data?.type === "keydown");
  const [first] = downs;
  if (first === undefined) return [];
  const ofMain = events.filter(({ pid, tid }) => pid === first.pid && tid === first.tid).toSorted((a, b) => a.ts - b.ts);
  const tasks = ofMain
    .filter(({ name, dur }) => name === "RunTask" && dur !== undefined)
    .map(({ ts, dur = 0, tdur = dur }) => ({ start: ts, end: ts + dur, work: tdur }));
  const paints = ofMain.filter(({ name }) => name === "Commit").map(({ ts }) => ts);
  const starts = downs.map(({ ts }) => tasks.findLast(({ start, end }) => start <= ts && end >= ts)?.start ?? ts);
  return starts.map((start, at) => {
    const end = starts[at + 1] ?? Number.POSITIVE_INFINITY;
    const own = tasks.filter((task) => task.start >= start && task.start < end);
    const painted = paints.find((ts) => ts >= start && ts < end) ?? end;
    return {
      toPaintMs: workOf(own.filter((task) => task.start <= painted)),
      totalMs: workOf(own),
      longestMs: Math.max(0, ...own.map(({ work }) => work)) / 1000,
      longTasks: own.filter((task) => task.end - task.start >= longTaskMicros).length,
    };
  });
}

function workOf(tasks: readonly { readonly work: number }[]): number {
  return tasks.reduce((sum, { work }) => sum + work, 0) / 1000;
}
