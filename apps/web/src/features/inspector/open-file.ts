/** Largest file that is opened: an offset of the wire tree has 31 bits. */
export const maxFileBytes = 2 ** 31;

/** The bytes of a file, or why it is not opened, in a sentence. */
export type OpenedFile = { readonly bytes: Uint8Array } | { readonly problem: string };

/** Reads a file whole. Never rejects. */
export async function openFile(file: File): Promise<OpenedFile> {
  if (file.size > maxFileBytes) {
    return { problem: `${file.name} has ${gibibytes(file.size)} GiB; files up to 2 GiB are opened.` };
  }
  try {
    return { bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch (error) {
    return { problem: `${file.name} cannot be read: ${error instanceof Error ? error.message : String(error)}.` };
  }
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(2);
}
