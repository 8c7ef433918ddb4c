import { useCallback, useLayoutEffect, useRef } from "react";

/** One function that always does what the latest rendering says: for what is drawn anew only when something it shows is another. */
export function useSteady<Arguments extends readonly unknown[]>(act: (...args: Arguments) => void): (...args: Arguments) => void {
  const latest = useRef(act);
  useLayoutEffect(() => {
    latest.current = act;
  });
  return useCallback((...args: Arguments) => {
    latest.current(...args);
  }, []);
}
