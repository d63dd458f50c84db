const markOf = (slot: string): string => `# crescendo: ${slot}`;

/** The text of pg_hba.conf with the rule in it, once, under a comment that says whose it is. Lines of others stay as they are. */
export const withHostRule = (text: string, slot: string, rule: string): string => {
  const bare = withoutHostRule(text, slot);
  const end = bare === '' || bare.endsWith('\n') ? '' : '\n';
  return `${bare}${end}${markOf(slot)}\n${rule}\n`;
};

/** The text without what `withHostRule` wrote for this slot. */
export const withoutHostRule = (text: string, slot: string): string => {
  const lines = text.split('\n');
  const at = lines.indexOf(markOf(slot));
  return at < 0 ? text : [...lines.slice(0, at), ...lines.slice(at + 2)].join('\n');
};
