/** The lines `name:value` of INFO and CLUSTER INFO as an object; comments and empty lines are left out. */
export const parseInfo = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(':');
      return at <= 0 || line.startsWith('#') ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );

/** A number of INFO; `undefined` when the field is not there. */
export const numberIn = (info: Readonly<Record<string, string>>, field: string): number | undefined => {
  const text = info[field];
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
};
