/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A run of bytes that look alike, and the record they belong to. */
export interface HexPart extends ByteRange {
  /** "structure": head or end of a record that holds others. "fault": the first byte that could not be read; "unread": what follows it. */
  readonly role: "tag" | "value" | "structure" | "fault" | "unread";
  /** Colour of the field, 1 to 8. */
  readonly channel: number | undefined;
  /** The schema does not know the field. */
  readonly isUnknown: boolean;
  /** Where the record begins. */
  readonly recordStart: number;
  /** Path or name, for screen readers. */
  readonly name: string;
}
