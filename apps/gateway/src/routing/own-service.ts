const ownNames: ReadonlySet<string> = new Set([
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
]);

/** True for services that the gateway answers itself unless a call names a target (decision 15). */
export function isOwnService(service: string): boolean {
  return ownNames.has(service) || service.startsWith("etcdserverpb.") || service.startsWith("rpcdeck.v1.");
}
