/** Largest file that is opened: an offset of the wire tree has 31 bits. */
export const maxFileBytes = 2 ** 31;

/** Browsers fail to read larger files with an error that names any reason but the size. */
const largeFileBytes = 2 ** 29;

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
    const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    const hint =
      file.size > largeFileBytes ? ` It has ${gibibytes(file.size)} GiB, which is more than some browsers hold in one piece.` : "";
    return { problem: `${file.name} cannot be read: ${reason}.${hint}` };
  }
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(2);
}
