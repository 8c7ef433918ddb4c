import { Button } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import text from "#ui/text.module.css";

/** Stands where a screen broke. What the user typed is kept in drafts. */
export function ErrorScreen({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <EmptyState icon="alert" title="This screen stopped working">
      <p className={text.mono}>{message}</p>
      <p>What was typed is kept.</p>
      <Button onPress={onRetry}>Show it again</Button>
    </EmptyState>
  );
}
