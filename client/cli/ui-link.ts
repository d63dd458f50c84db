import type { TemporalLink } from '../connect.ts';

/** Where the Temporal UI shows a procedure. */
export function uiLink(
  { namespace }: Pick<TemporalLink, 'namespace'>,
  { workflowId, runId }: { workflowId: string; runId?: string },
  uiUrl: string | undefined,
): string {
  const base = (uiUrl ?? process.env['CRESCENDO_UI_URL'] ?? 'http://localhost:8233').replace(/\/+$/, '');
  const path = ['namespaces', namespace, 'workflows', workflowId, ...(runId === undefined ? [] : [runId])];
  return `${base}/${path.map(encodeURIComponent).join('/')}`;
}
