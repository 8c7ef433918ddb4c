/** What a table holds. */
interface Numbered {
  readonly id: number;
}

/** Places of a new table; a power of two. */
const firstPlaces = 512;

/**
 * The open streams of a connection by their number (1, 3, 5, ...). Numbers are given in order, so that a ring of places serves; it grows where a
 * long stream is still open when its place comes round again.
 *
 * Not a Map: V8 keeps the tables that a Map outgrew linked to each other until the next major garbage collection, and with them whoever was
 * in them. Here that was every call, at 12 kB each.
 */
export class StreamTable<Stream extends Numbered> {
  #places: (Stream | undefined)[] = Array.from({ length: firstPlaces });

  get(id: number): Stream | undefined {
    const stream = this.#places[(id >>> 1) & (this.#places.length - 1)];
    return stream?.id === id ? stream : undefined;
  }

  add(stream: Stream): void {
    while (this.#places[(stream.id >>> 1) & (this.#places.length - 1)] !== undefined) this.#grow();
    this.#places[(stream.id >>> 1) & (this.#places.length - 1)] = stream;
  }

  delete(id: number): void {
    if (this.get(id) !== undefined) this.#places[(id >>> 1) & (this.#places.length - 1)] = undefined;
  }

  /** Those that are open now, the oldest first. */
  all(): Stream[] {
    return this.#places.filter((stream) => stream !== undefined).toSorted((a, b) => a.id - b.id);
  }

  #grow(): void {
    const streams = this.all();
    this.#places = Array.from({ length: this.#places.length * 2 });
    for (const stream of streams) this.add(stream);
  }
}
