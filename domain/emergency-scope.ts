import type { Catalog } from './catalog.ts';

/** Services that an emergency may change (whose leases it needs before it knows which), and their topics. */
export function emergencyScope(
  catalog: Catalog,
  targets: Record<string, number> = {},
): { services: string[]; topics: string[] } {
  const named = catalog.emergency.steps.flatMap((step) =>
    'service' in step
      ? [step.service]
      : Object.values(catalog.services).flatMap(({ name, role }) =>
          role === step.busiestOfRole ? [name] : [],
        ),
  );
  const services = [...new Set([...named, ...Object.keys(targets)])]
    .filter((name) => Object.hasOwn(catalog.services, name))
    .sort();
  const topics = services.flatMap((name) => catalog.services[name]?.consumer?.topic ?? []);
  return { services, topics: [...new Set(topics)].sort() };
}
