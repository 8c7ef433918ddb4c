import { ErrorScreen } from "./error-screen.tsx";

/** A screen that broke. */
export function Broken({ onRetry }: { onRetry?: () => void }) {
  return <ErrorScreen error={new Error("a part of the page could not be fetched")} onRetry={() => onRetry?.()} />;
}
