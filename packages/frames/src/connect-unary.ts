import type { Header } from "./header.ts";

const trailerPrefix = "trailer-";

/** Headers of a unary Connect answer, apart: `trailer-` names are trailers, without the prefix. */
export function splitUnaryTrailers(headers: readonly Header[]): { headers: Header[]; trailers: Header[] } {
  const own: Header[] = [];
  const trailers: Header[] = [];
  for (const header of headers) {
    if (header[0].startsWith(trailerPrefix)) trailers.push([header[0].slice(trailerPrefix.length), header[1]]);
    else own.push(header);
  }
  return { headers: own, trailers };
}

/** Trailers as the headers of a unary Connect answer. */
export function prefixUnaryTrailers(trailers: readonly Header[]): Header[] {
  return trailers.map(([name, value]) => [trailerPrefix + name, value]);
}
