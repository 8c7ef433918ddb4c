/** A seeded source of choices: the same seed makes the same choices on every machine. */
export interface Random {
  /** A whole number from 0 to below `limit`, which is at most 2^32. */
  below(limit: number): number;
  /** True once in `times`. */
  oneIn(times: number): boolean;
  /** One of `list`, which must not be empty. */
  pick<Item>(list: readonly Item[]): Item;
}

/** Choices from a 32-bit seed (mulberry32). Neighbouring seeds give unrelated choices. */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number): number => Math.floor((next() / 4_294_967_296) * limit);
  return { below, oneIn: (times) => below(times) === 0, pick: <Item>(list: readonly Item[]) => list[below(list.length)] as Item };
}
