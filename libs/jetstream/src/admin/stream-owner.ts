import type { StreamConfig } from "@nats-io/jetstream"
import { Refused } from "../errors.ts"
import {
  alertsStream,
  bucketStream,
  detectorBucket,
  logsStream,
  logsSubjectPrefix,
  notifyBucket,
  prefixedSubject,
  rejectsStream,
  type StreamSpec,
  windowsStream,
  windowsSubject
} from "../topology.ts"

/** In the metadata of each stream that `init` made: the name under which it was made. */
export const ownerKey = "chaussettes.stream"

interface Shape {
  readonly description: string
  readonly subjects: ReadonlyArray<string>
}

const logsWere = "Raw access log lines, one or more a message"
const windowsWere = "One record a decided window, in the order of the windows"

/** How earlier versions, which left no mark, described a stream where it differs from now. */
const earlier: { readonly [stream: string]: ReadonlyArray<Partial<Shape>> } = {
  [logsStream]: [{ description: logsWere }, { description: logsWere, subjects: [`${logsSubjectPrefix}*`] }],
  [windowsStream]: [
    { description: windowsWere },
    { description: windowsWere, subjects: [prefixedSubject(windowsSubject)] }
  ],
  [alertsStream]: [{ description: "One alert a message, in the order of the windows" }],
  [rejectsStream]: [{ description: "Lines that could not be used, and why" }],
  [bucketStream(detectorBucket)]: [{ description: "The detector's checkpoint and lease" }],
  [bucketStream(notifyBucket)]: [{ description: "How far each receiver of notifications has been told" }]
}

const has = (config: Pick<StreamConfig, "description" | "subjects">, shape: Shape): boolean =>
  config.description === shape.description && JSON.stringify(config.subjects) === JSON.stringify(shape.subjects)

/** Whether `init` made it: it bears the mark, or is described to the letter as an earlier version did. */
export const isOurs = (
  spec: StreamSpec,
  config: Pick<StreamConfig, "description" | "subjects" | "metadata">
): boolean => {
  const mark = config.metadata?.[ownerKey]
  if (mark !== undefined) return mark === spec.name
  return [{}, ...(earlier[spec.name] ?? [])].some((shape) => has(config, { ...spec, ...shape }))
}

export const notOurs = (spec: StreamSpec, config: Pick<StreamConfig, "subjects">): Refused =>
  new Refused({
    what: `the stream ${spec.name}`,
    why: `it already exists and was not created by Chaussettes (its subjects are ${(config.subjects ?? []).join(", ") || "none"})`,
    remedy: `Nothing was changed. Give Chaussettes a prefix, an account or a server of its own; or, if this stream is meant for it, say so with \`nats stream edit ${spec.name} --metadata ${ownerKey}=${spec.name}\` and run \`chaussettes init\` again.`
  })
