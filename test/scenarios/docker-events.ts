import type Dockerode from 'dockerode';

export interface ContainerEvent {
  atMs: number;
  action: string;
  service: string;
  name: string;
}

/** Records what the engine did to the containers of a project: the witness that nothing was done twice. */
export async function recordEvents(
  docker: Dockerode,
  project: string,
): Promise<{ events: ContainerEvent[]; stop(): void }> {
  const events: ContainerEvent[] = [];
  const filters = {
    type: ['container'],
    label: [`com.docker.compose.project=${project}`],
    event: ['create', 'start', 'die', 'destroy'],
  };
  const stream = (await docker.getEvents({
    filters: JSON.stringify(filters) as never,
  })) as NodeJS.ReadableStream & {
    destroy(): void;
  };
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((text) => text.trim() !== '')) events.push(eventOf(line));
  });
  return { events, stop: () => stream.destroy() };
}

function eventOf(line: string): ContainerEvent {
  const event = JSON.parse(line) as {
    Action: string;
    timeNano: number;
    Actor: { Attributes: Record<string, string> };
  };
  const attributes = event.Actor.Attributes;
  return {
    atMs: event.timeNano / 1e6,
    action: event.Action,
    service: attributes['com.docker.compose.service'] ?? '',
    name: attributes['name'] ?? '',
  };
}

/** How often each action was done, by service: `{'api-gateway': {create: 2, start: 2}}`. */
export function countEvents(events: readonly ContainerEvent[]): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const { service, action } of events) {
    const ofService = (counts[service] ??= {});
    ofService[action] = (ofService[action] ?? 0) + 1;
  }
  return counts;
}
