/** Where the selection is in a list of rows. */
export interface RowPlace {
  /** Row from 0; -1 for none. */
  readonly at: number;
  readonly count: number;
  /** Rows that are seen at a time. */
  readonly pageRows: number;
}

/** The row that a key goes to: arrows up and down, Page Up and Down, Home, End; undefined for other keys and where there are no rows. */
export function rowForKey(key: string, { at, count, pageRows }: RowPlace): number | undefined {
  const to: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: count - 1,
    PageDown: at + pageRows,
    PageUp: at - pageRows,
  };
  const row = Object.hasOwn(to, key) ? to[key] : undefined;
  return row === undefined || count === 0 ? undefined : Math.max(0, Math.min(count - 1, row));
}
