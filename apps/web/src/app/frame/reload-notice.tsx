import { dismissSchemaReload, reloadSchemas, useSchemaReload } from "#data/reload-schemas.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { NoticeBar } from "#ui/notice-bar.tsx";

/** Says over every screen how a reload of schemas went. */
export function ReloadNotice() {
  const reload = useSchemaReload();
  const again = (
    <>
      <Button size="sm" onPress={() => void reloadSchemas()}>
        Try again
      </Button>
      <IconButton label="Dismiss" icon="x" size="sm" onPress={dismissSchemaReload} />
    </>
  );
  switch (reload.kind) {
    case "idle":
      return null;
    case "running":
      return <NoticeBar tone="info" fact="Reading schemas again" />;
    case "failed":
      return <NoticeBar tone="error" fact="Schemas were not read again" reason={reload.reason} action={again} />;
    case "done":
      if (reload.problems.length > 0) {
        return (
          <NoticeBar
            tone="error"
            fact="Schema files have mistakes; the last good ones stay"
            reason={reload.problems.join("; ")}
            action={again}
          />
        );
      }
      return (
        <NoticeBar
          tone="info"
          fact="Schemas are read again"
          reason="What was typed is kept."
          action={<IconButton label="Dismiss" icon="x" size="sm" onPress={dismissSchemaReload} />}
        />
      );
  }
}
