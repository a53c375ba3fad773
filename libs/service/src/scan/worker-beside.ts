/**
 * Where the program of a thread stands: `<name>.worker.ts` beside the source that opens it. The bundle keeps shared code in a
 * folder of its own, beside which the programs stand.
 */
export const workerBeside = (source: string, name: string): URL =>
  new URL(source.endsWith(".ts") ? `./${name}.worker.ts` : `../${name}.worker.mjs`, source)
