import { Button } from "react-aria-components/Button";
import { Collection } from "react-aria-components/Collection";
import { Tree, TreeItem, TreeItemContent } from "react-aria-components/Tree";
import type { ReactNode } from "react";
import { cx } from "#lib/cx.ts";
import { skipsVerification, type TypedTarget } from "#data/typed-targets.ts";
import { Button as UiButton, IconButton } from "#ui/button.tsx";
import { DottedName } from "#ui/dotted-name.tsx";
import { Icon } from "#ui/icon.tsx";
import { KindIcon, kindWords } from "#ui/kind-icon.tsx";
import { Lamp } from "#ui/lamp.tsx";
import { Spinner } from "#ui/spinner.tsx";
import { Tag } from "#ui/tag.tsx";
import row from "#ui/row.module.css";
import type { MethodNode, RootNode, ServiceNode, TargetNode } from "./tree-model.ts";
import s from "./explorer.module.css";

/** What the tree asks for. */
export interface TreeActions {
  readonly onOpen: (method: MethodNode) => void;
  readonly onAddSchema: (service: ServiceNode) => void;
  readonly onEditTarget: (target: TypedTarget) => void;
  readonly onRemoveTarget: (target: TypedTarget) => void;
}

/** Services and their methods. Arrow keys move and fold, letters jump, Enter opens. */
export function ServiceTree(props: {
  roots: readonly RootNode[];
  expanded: ReadonlySet<string>;
  onExpanded: (keys: ReadonlySet<string>) => void;
  /** Key of the method that the open call is about. */
  current: string | undefined;
  actions: TreeActions;
  empty: ReactNode;
}) {
  const methods = new Map(props.roots.flatMap(methodsOf).map((method) => [method.key, method]));
  const toggle = (key: string) => {
    const next = new Set(props.expanded);
    if (!next.delete(key)) next.add(key);
    props.onExpanded(next);
  };
  return (
    <Tree
      aria-label="Services"
      className={s.tree ?? ""}
      items={props.roots}
      expandedKeys={props.expanded}
      onExpandedChange={(keys) => {
        props.onExpanded(new Set([...keys].map(String)));
      }}
      selectionMode="single"
      selectedKeys={props.current === undefined ? [] : [props.current]}
      onSelectionChange={(keys) => {
        // Pressing the chosen method again leaves nothing chosen: it is open already.
        const key = keys === "all" ? undefined : [...keys].map(String)[0];
        if (key === undefined) return;
        const method = methods.get(key);
        if (method) props.actions.onOpen(method);
        else toggle(key);
      }}
      renderEmptyState={() => props.empty}
    >
      {(root) =>
        root.kind === "service" ? (
          <ServiceItem service={root} actions={props.actions} />
        ) : (
          <TargetItem node={root} actions={props.actions} />
        )
      }
    </Tree>
  );
}

function ServiceItem({ service, actions }: { service: ServiceNode; actions: TreeActions }) {
  const note = service.protocols.length > 1 ? `${service.protocols.length} protocols` : service.protocols[0];
  return (
    <TreeItem id={service.key} textValue={service.name} className={cx(row.row, s.item, s.service)}>
      <TreeItemContent>
        {({ isExpanded }) => (
          <span className={s.cell} {...(service.doc === "" ? {} : { title: service.doc })}>
            <Caret expanded={isExpanded} />
            <span className={row.name}>
              <DottedName name={service.name} giveWay />
            </span>
            <span className={s.end}>
              {note !== undefined && (
                <span title={service.protocols.join(", ")}>
                  <Tag>{note}</Tag>
                </span>
              )}
              {service.health && <HealthCount service={service} />}
            </span>
          </span>
        )}
      </TreeItemContent>
      {service.methods.kind === "known" ? (
        <Collection items={service.methods.methods}>{(method) => <MethodItem method={method} />}</Collection>
      ) : (
        <TreeItem id={`${service.key} ?`} textValue="No methods" className={cx(row.row, s.item, s.method)}>
          <TreeItemContent>
            {service.methods.kind === "loading" ? (
              <span className={s.reason}>
                <Spinner /> Asking the server for its schema
              </span>
            ) : (
              <span className={s.reason} title={service.methods.reason}>
                <Lamp state="error" />
                <span className={s.reasonText}>No schema: {service.methods.reason}</span>
                <UiButton
                  size="xs"
                  className={s.add}
                  onPress={() => {
                    actions.onAddSchema(service);
                  }}
                >
                  Add one
                </UiButton>
              </span>
            )}
          </TreeItemContent>
        </TreeItem>
      )}
    </TreeItem>
  );
}

function MethodItem({ method }: { method: MethodNode }) {
  return (
    <TreeItem id={method.key} textValue={method.name} className={cx(row.row, s.item, s.method)}>
      <TreeItemContent>
        <span className={s.cell} {...(method.doc === "" ? {} : { title: method.doc })}>
          <KindIcon kind={method.methodKind} className={s.kind} />
          <span className={row.name}>{method.name}</span>
          {method.methodKind !== "unary" && (
            <span className={row.note}>{method.methodKind === "bidi" ? "bidi" : kindWords[method.methodKind]}</span>
          )}
        </span>
      </TreeItemContent>
    </TreeItem>
  );
}

function TargetItem({ node, actions }: { node: TargetNode; actions: TreeActions }) {
  const { target } = node;
  return (
    <TreeItem id={node.key} textValue={target.typed} className={cx(row.row, s.item, s.service)}>
      <TreeItemContent>
        {({ isExpanded }) => (
          <span className={s.cell} title={target.url}>
            <Caret expanded={isExpanded} />
            <Icon name={target.url.startsWith("grpcs:") || target.url.includes("https:") ? "lock" : "plug"} size={14} />
            <span className={row.name}>{target.typed}</span>
            <span className={s.end}>
              {skipsVerification(target.url) && <Tag>not verified</Tag>}
              <IconButton
                label={`Inspect ${target.typed} again`}
                icon="refresh"
                size="xs"
                onPress={() => {
                  actions.onEditTarget(target);
                }}
              />
              <IconButton
                label={`Remove ${target.typed}`}
                icon="x"
                size="xs"
                onPress={() => {
                  actions.onRemoveTarget(target);
                }}
              />
            </span>
          </span>
        )}
      </TreeItemContent>
      <Collection items={node.services}>{(service) => <ServiceItem service={service} actions={actions} />}</Collection>
    </TreeItem>
  );
}

function HealthCount({ service }: { service: ServiceNode }) {
  const health = service.health;
  if (!health) return null;
  const whole = health.ok === health.all;
  const words = `${health.ok} of ${health.all} healthy`;
  return (
    <span className={cx(s.health, !whole && (health.ok > 0 ? s.poor : s.down))} title={words}>
      <Lamp state={health.lamp} label={words} />
      <span aria-hidden="true">{whole ? health.all : `${health.ok}/${health.all}`}</span>
    </span>
  );
}

function Caret({ expanded }: { expanded: boolean }) {
  return (
    <Button slot="chevron" className={s.caret ?? ""}>
      <Icon name={expanded ? "chevron-down" : "chevron-right"} size={12} />
    </Button>
  );
}

function methodsOf(root: RootNode): readonly MethodNode[] {
  if (root.kind === "target") return root.services.flatMap(methodsOf);
  return root.methods.kind === "known" ? root.methods.methods : [];
}
