import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { catalogFeed, useCatalogStatus } from "#data/catalog-feed.ts";
import { pageBuild, pageVersion, useGatewayInfo } from "#data/queries.ts";
import { useNow } from "#lib/use-now.ts";
import { Button } from "#ui/button.tsx";
import { NoticeBar } from "#ui/notice-bar.tsx";
import { TokenForm } from "./token-form.tsx";

/** A short interruption is not worth a bar: it comes with this attempt. */
const quietAttempts = 1;

/** Says over every screen what is wrong with the link to the gateway, and asks for its token. */
export function GatewayNotice() {
  const status = useCatalogStatus();
  const info = useGatewayInfo();
  useFreshAnswersAfter(status.kind);
  if (status.kind === "locked") return <TokenForm rejected={status.rejected} />;
  if (status.kind === "waiting" && status.attempt > quietAttempts) return <Away problem={status.problem} nextTryAt={status.nextTryAt} />;
  const isOtherBuild = info !== undefined && pageBuild !== undefined && info.pageBuild !== "" && info.pageBuild !== pageBuild;
  if (info && (info.version !== pageVersion || isOtherBuild)) {
    return (
      <NoticeBar
        tone="warn"
        fact={
          info.version === pageVersion
            ? `This page is build ${pageBuild ?? ""}, the gateway serves build ${info.pageBuild}`
            : `This page is ${pageVersion}, the gateway is ${info.version}`
        }
        reason="Drafts are kept."
        action={
          <Button size="sm" onPress={() => location.reload()}>
            Reload the page
          </Button>
        }
      />
    );
  }
  return null;
}

function Away({ problem, nextTryAt }: { problem: string; nextTryAt: number }) {
  const seconds = Math.max(0, Math.ceil((nextTryAt - useNow(1000)) / 1000));
  return (
    <NoticeBar
      tone="error"
      fact="Gateway not reachable"
      reason={`${problem}. Drafts are kept here.`}
      extra={seconds > 0 ? `Next try in ${seconds} s` : "Trying now"}
      action={
        <Button size="sm" onPress={catalogFeed.retryNow}>
          Retry
        </Button>
      }
    />
  );
}

/** After a break everything but the schemas is asked for anew: a schema never changes under its id. */
function useFreshAnswersAfter(kind: string): void {
  const client = useQueryClient();
  const last = useRef(kind);
  useEffect(() => {
    if (kind === "live" && last.current !== "live") void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "schema" });
    last.current = kind;
  }, [kind, client]);
}
