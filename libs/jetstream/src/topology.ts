/**
 * Every stream and bucket with every limit, as data. `init.ts` makes the server agree with it; nothing else sets a limit.
 * Names are those on the server, with the system's prefix. Times in ms, sizes in bytes; `unlimited` says that nothing but what is named beside it bounds the thing.
 */

import { actLimits } from "@chaussettes/domain"
import { named, subjectPrefix } from "./prefix.ts"

export { bareName, named } from "./prefix.ts"

export const logsStream = named("LOGS")
export const windowsStream = named("WINDOWS")
export const alertsStream = named("ALERTS")
export const incidentsStream = named("INCIDENTS")
export const actsStream = named("ACTS")
export const rejectsStream = named("REJECTS")
export const thresholdsBucket = named("seuils")
export const rulesBucket = named("rules")
export const incidentsBucket = named("incidents")
export const detectorBucket = named("detector")
export const notifyBucket = named("notify")

/** The stream behind a KV bucket, and the subject of a key. */
export const bucketStream = (bucket: string): string => `KV_${bucket}`
export const keySubject = (bucket: string, key: string): string => `$KV.${bucket}.${key}`

export const logsSubjectPrefix = `${subjectPrefix}logs.`

/** Subjects of windows, alerts and rejects stand without the prefix in the ports; the layers for a server put it before them and take it off. */
export const windowsSubject = "windows.decided"
export const prefixedSubject = (subject: string): string => subjectPrefix + subject
export const bareSubject = (subject: string): string =>
  subject.startsWith(subjectPrefix) ? subject.slice(subjectPrefix.length) : subject

/** The durable consumer that the detector reads LOGS with, so that its lag shows in the server. */
export const detectorConsumer = "detector"

/** JetStream features that the parts rest on: expected sequences pipelined, consumers reset where the server can. */
export const leastServerVersion = "2.12.0"

export const unlimited = -1

const secondMs = 1_000
const dayMs = 86_400 * secondMs
const kib = 1024
const mib = 1024 * kib
const gib = 1024 * mib

/**
 * The ids of messages in WINDOWS, ALERTS and INCIDENTS hold an append together and are never sent twice. At 100,000 a second the server's
 * memory of them must be short: two minutes would be gigabytes.
 */
const appendIdsMs = 1 * secondMs

export interface Limits {
  /** How long a message stays; `unlimited` for ever. */
  readonly maxAgeMs: number
  readonly maxBytes: number
  /** One message with its headers. */
  readonly maxMessageBytes: number
  /** For how long a `Nats-Msg-Id` is remembered. */
  readonly duplicateWindowMs: number
  /** Messages kept a subject: a bucket's history. */
  readonly maxMessagesASubject: number
  /** Copies in a cluster. */
  readonly replicas: number
}

export interface StreamSpec {
  /** The stream's name in the server. */
  readonly name: string
  readonly description: string
  readonly subjects: ReadonlyArray<string>
  /** What goes at the limit: the oldest messages, or the new one, which is refused. */
  readonly discard: "old" | "new"
  readonly compression: "s2" | "none"
  /** Nobody may delete single messages, or purge. Cannot be taken back. */
  readonly denyDelete: boolean
  readonly denyPurge: boolean
  /** A new message may replace all others of its subject: how a bucket's key is purged. */
  readonly allowRollup: boolean
  /** Takes batches of messages whole or not at all: how WINDOWS, ALERTS and INCIDENTS are written where they have replicas. */
  readonly atomicBatches: boolean
  readonly limits: Limits
}

export type TopologyOverrides = { readonly [stream: string]: Partial<Limits> }

const stream = (
  spec: Omit<StreamSpec, "allowRollup" | "atomicBatches" | "limits">,
  limits: Partial<Limits>
): StreamSpec => ({
  ...spec,
  allowRollup: false,
  atomicBatches: [windowsStream, alertsStream, incidentsStream].includes(spec.name),
  limits: {
    maxAgeMs: unlimited,
    maxBytes: unlimited,
    maxMessageBytes: 1 * mib,
    duplicateWindowMs: 120 * secondMs,
    maxMessagesASubject: unlimited,
    replicas: 1,
    ...limits
  }
})

/** A bucket is a stream of a certain shape (NATS ADR-8); made as one, its limits are brought up to date like any other's. */
const bucket = (name: string, description: string, limits: Partial<Limits>): StreamSpec => ({
  ...stream(
    {
      name: bucketStream(name),
      description,
      subjects: [keySubject(name, ">")],
      discard: "new",
      compression: "none",
      denyDelete: true,
      denyPurge: false
    },
    limits
  ),
  allowRollup: true
})

const specs: ReadonlyArray<StreamSpec> = [
  stream(
    {
      name: logsStream,
      description: "Raw access log lines, one or more per message",
      subjects: [`${logsSubjectPrefix}>`],
      discard: "old",
      compression: "s2",
      // Erasing a client's lines must be possible: raw lines are personal data.
      denyDelete: false,
      denyPurge: false
    },
    {
      maxAgeMs: 30 * dayMs,
      maxBytes: 10 * gib,
      // The server keeps each identity for so long, in 250 bytes of memory. After a longer silence the writer asks LOGS itself.
      duplicateWindowMs: 30 * secondMs
    }
  ),
  stream(
    {
      name: windowsStream,
      description: "One record per decided window, in window order",
      // A wildcard, though one subject is written: the server takes an exact one for a listener, and a reader's consumer could deliver into it.
      subjects: [prefixedSubject("windows.*")],
      discard: "old",
      compression: "s2",
      denyDelete: true,
      denyPurge: true
    },
    // No limit in bytes: one record of bounded size a window of bounded age. A record that went too early would be decided again.
    { maxAgeMs: 400 * dayMs, duplicateWindowMs: appendIdsMs }
  ),
  stream(
    {
      name: alertsStream,
      description: "One alert per message, in window order",
      subjects: [prefixedSubject("alerts.*.*")],
      discard: "old",
      compression: "none",
      denyDelete: true,
      denyPurge: true
    },
    { maxAgeMs: 400 * dayMs, maxBytes: 5 * gib, duplicateWindowMs: appendIdsMs }
  ),
  stream(
    {
      name: incidentsStream,
      description: "What is worth waking up for: incidents opened, grew, changed cause, closed",
      subjects: [prefixedSubject("incidents.*.*")],
      discard: "old",
      compression: "none",
      // An event may name a client: to be erased with its lines. The detector itself may not.
      denyDelete: false,
      denyPurge: true
    },
    // An event is a kilobyte or two, and an open incident says something new when it has doubled: a flood of them is a gigabyte in years.
    { maxAgeMs: 400 * dayMs, maxBytes: 1 * gib, duplicateWindowMs: appendIdsMs }
  ),
  stream(
    {
      name: actsStream,
      description: "What people said about incidents: acknowledged, silenced, maintenance, notes",
      subjects: [prefixedSubject("acts.*")],
      discard: "old",
      compression: "none",
      // Notes may name people and clients: to be erased.
      denyDelete: false,
      denyPurge: false
    },
    // Some 40,000 acts. A silence ends a year after it began at the latest, so none is forgotten while it holds.
    { maxAgeMs: 800 * dayMs, maxBytes: 16 * mib, maxMessageBytes: actLimits.bytes }
  ),
  stream(
    {
      name: rejectsStream,
      description: "Unusable lines, each with the reason",
      subjects: [prefixedSubject("rejects.*")],
      discard: "old",
      compression: "none",
      // Rejects hold the beginnings of raw lines: to be erased with them.
      denyDelete: false,
      denyPurge: false
    },
    { maxAgeMs: 7 * dayMs, maxBytes: 256 * mib, maxMessageBytes: 64 * kib, duplicateWindowMs: 30 * secondMs }
  ),
  bucket(thresholdsBucket, "The thresholds in force, with their history", {
    maxMessagesASubject: 64,
    maxBytes: 32 * mib,
    maxMessageBytes: 64 * kib
  }),
  bucket(rulesBucket, "How lines are read: traffic that is ignored, formats by source", {
    maxMessagesASubject: 64,
    maxBytes: 4 * mib,
    maxMessageBytes: 64 * kib
  }),
  // A model is published once a day and has at most `incidentModelBytes`: what is kept reaches back further than LOGS does.
  bucket(incidentsBucket, "What incidents are judged by, with its history", {
    maxMessagesASubject: 64,
    maxBytes: 64 * mib
  }),
  bucket(detectorBucket, "The detector's checkpoint, lease and tally", { maxMessagesASubject: 1, maxBytes: 64 * mib }),
  // A key a receiver that was ever told; a position is a few hundred bytes, and 100 KiB in a flood of incidents.
  bucket(notifyBucket, "Up to where each receiver has been notified", {
    maxMessagesASubject: 1,
    maxBytes: 16 * mib,
    maxMessageBytes: 256 * kib
  })
]

/** The account of whoever comes without credentials has a server of its own; its API, as the account that holds the streams sees it. */
export const viewersApi = "chaussettes.viewers.api"
/** How that server asks for what it copies, and where the copies come. */
export const copyOrigin = { api: "chaussettes.origin.api", deliver: "chaussettes.viewers.copy" } as const

export interface CopySpec {
  /** The stream that is copied, and the copy. */
  readonly name: string
  readonly maxBytes: number
  readonly maxMessagesASubject: number
  readonly maxConsumers: number
  /** A consumer that nobody uses goes after this: the stock CLI asks for an hour. */
  readonly inactiveMs: number
}

/** What viewers see: the newest of WINDOWS, ALERTS and INCIDENTS, and the thresholds. */
export const viewersCopies: ReadonlyArray<CopySpec> = [
  { name: windowsStream, maxBytes: 512 * mib, maxMessagesASubject: unlimited },
  { name: alertsStream, maxBytes: 512 * mib, maxMessagesASubject: unlimited },
  { name: incidentsStream, maxBytes: 256 * mib, maxMessagesASubject: unlimited },
  { name: bucketStream(thresholdsBucket), maxBytes: 32 * mib, maxMessagesASubject: 64 }
].map((copy) => ({ ...copy, maxConsumers: 32, inactiveMs: 3_600 * secondMs }))

/** The topology, with limits replaced where `overrides` names them by the stream's name on the server (`LOGS`, `KV_seuils`). */
export const topology = (overrides: TopologyOverrides = {}): ReadonlyArray<StreamSpec> =>
  specs.map((spec) => ({ ...spec, limits: { ...spec.limits, ...overrides[spec.name] } }))

/**
 * How much of LOGS may be under way to a reader, and in its batches. The server sends at most this much unasked; what it sent
 * waits in this process, so that it also bounds the memory of a slow reader. Below the server's `max_pending`, beyond which it
 * takes a reader for lost.
 */
export const reading = {
  maxBytes: 4 * mib,
  /** A batch is handed on when it is this large or holds this many messages, or when nothing more has arrived. */
  batchBytes: 256 * kib,
  batchMessages: 4_096
} as const

/** How much may be under way from a writer of LOGS without an acknowledgement. */
export const writing = {
  maxMessages: 4_096,
  maxBytes: 8 * mib,
  ackWaitMs: 5_000,
  patienceMs: 10_000,
  /** Without an acknowledgement for so long the writer asks LOGS what it holds: well before the duplicate window is over. */
  confirmAfterMs: 10_000
} as const
