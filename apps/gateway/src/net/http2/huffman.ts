const ascii = (text: string): readonly number[] => [...Buffer.from(text, "latin1")];

/** Symbol that ends a text; it pads the last byte and must not be spelt out. */
const endSymbol = 256;

// The code of HPACK (RFC 7541, appendix B) is canonical: codes of one length follow each other in the order of their symbols, and longer
// codes follow shorter ones. So the symbols of each length say all of it.
const symbolsByLength: readonly (readonly [length: number, symbols: readonly number[]])[] = [
  [5, ascii("012aceiost")],
  [6, ascii(" %-./3456789=A_bdfghlmnpru")],
  [7, ascii(":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz")],
  [8, ascii("&*,;XZ")],
  [10, ascii('!"()?')],
  [11, ascii("'+|")],
  [12, ascii("#>")],
  [13, [0, ...ascii("$@[]~")]],
  [14, ascii("^}")],
  [15, ascii("<`{")],
  [19, [92, 195, 208]],
  [20, [128, 130, 131, 162, 184, 194, 224, 226]],
  [21, [153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230]],
  [22, [129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232, 233]],
  [
    23,
    [
      1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182, 183, 188, 191, 197,
      231, 239,
    ],
  ],
  [24, [9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237]],
  [25, [199, 207, 234, 235]],
  [26, [192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255]],
  [27, [203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254]],
  [28, [2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249]],
  [30, [10, 13, 22, endSymbol]],
];

/** A step that emits a symbol has this bit; the symbol is in the eight bits below it, the next state in those above. */
const emits = 0x100;
const stateShift = 9;
/** The step of what no text has. */
const refused = -1;

// A state is an inner node of the code's tree, of which 257 symbols make 256; a step reads four bits and emits at most one symbol.
const children = buildTree();
const steps = buildSteps();
const mayEnd = buildEnds();

/** Undoes the Huffman code of a text. Undefined where it is not one: a spelt out end symbol, or padding that is not part of one. */
export function huffmanDecode(bytes: Uint8Array, start: number, end: number): string | undefined {
  const codes: number[] = [];
  let state = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    const high = steps[(state << 4) | (byte >> 4)] as number;
    if (high === refused) return undefined;
    if ((high & emits) !== 0) codes.push(high & 0xff);
    const low = steps[((high >> stateShift) << 4) | (byte & 15)] as number;
    if (low === refused) return undefined;
    if ((low & emits) !== 0) codes.push(low & 0xff);
    state = low >> stateShift;
  }
  return mayEnd[state] === 1 ? Buffer.from(codes).toString("latin1") : undefined;
}

/** Two children for each inner node: the number of an inner node, or `-1 - symbol`. */
function buildTree(): Int32Array {
  const tree = new Int32Array(512);
  let nodes = 1;
  let code = 0;
  let before = 0;
  for (const [length, symbols] of symbolsByLength) {
    code <<= length - before;
    before = length;
    for (const symbol of symbols) {
      let node = 0;
      for (let bit = length - 1; bit > 0; bit--) {
        const at = node * 2 + ((code >> bit) & 1);
        if (tree[at] === 0) tree[at] = nodes++;
        node = tree[at] as number;
      }
      tree[node * 2 + (code & 1)] = -1 - symbol;
      code++;
    }
  }
  return tree;
}

function buildSteps(): Int32Array {
  const table = new Int32Array(256 * 16);
  for (let state = 0; state < 256; state++) {
    for (let nibble = 0; nibble < 16; nibble++) table[(state << 4) | nibble] = stepFrom(state, nibble);
  }
  return table;
}

function stepFrom(state: number, nibble: number): number {
  let node = state;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = children[node * 2 + ((nibble >> bit) & 1)] as number;
    if (next >= 0) {
      node = next;
      continue;
    }
    const symbol = -1 - next;
    if (symbol === endSymbol) return refused;
    emitted = emits | symbol;
    node = 0;
  }
  return (node << stateShift) | emitted;
}

/** A text may end where up to seven ones lead: padding is the beginning of the end symbol, which is all ones. */
function buildEnds(): Uint8Array {
  const ends = new Uint8Array(256);
  let node = 0;
  for (let ones = 0; ones <= 7; ones++) {
    ends[node] = 1;
    node = children[node * 2 + 1] as number;
  }
  return ends;
}
