/** How many server streams may go by fetch at a time: HTTP/1.1 gives a page six connections (decision 2). */
export const maxFetchStreams = 2;

/** Places for server streams by fetch. */
export interface StreamSlots {
  isFree(): boolean;
  /** Takes a place and answers how to give it back, once. */
  take(): () => void;
}

/** All places free. */
export function createStreamSlots(max = maxFetchStreams): StreamSlots {
  let taken = 0;
  return {
    isFree: () => taken < max,
    take() {
      taken += 1;
      let given = false;
      return () => {
        if (given) return;
        given = true;
        taken -= 1;
      };
    },
  };
}
