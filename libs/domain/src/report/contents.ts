import type { Sketch } from "../detection/measures.ts"
import type { Statuses } from "../statuses.ts"
import type { AgentKind } from "../traffic/agents.ts"
import type { RejectReason } from "../wire/reject.ts"
import type { CourseSlot } from "./course.ts"

/** What was counted under a key. */
export interface Listed {
  /** As `keyText` has it; what acts in it still acts. */
  readonly key: string
  readonly requests: number
  readonly clientErrors: number
  readonly serverErrors: number
  readonly notFound: number
  readonly bytes: number
  /** The mean of those that say it; undefined where no line does. */
  readonly meanUs: number | undefined
}

/** The first of a list, and what is known of all of it. */
export interface Listing<Row = Listed> {
  readonly rows: ReadonlyArray<Row>
  /** Different keys; the least that there were where `isExact` is false. */
  readonly keys: number
  /** Whether each count is exact; else it is the least that it can be. */
  readonly isExact: boolean
}

export interface ListedAgent extends Listed {
  readonly kind: AgentKind
}

/** A local day: days since 1970-01-01. */
interface DayOfVisitors {
  readonly day: number
  readonly visitors: number
}

/** All that lines say for a report. */
export interface ReportContents {
  readonly lines: number
  readonly rejected: { readonly [reason in RejectReason]?: number }
  readonly ignored: number
  /** Lines before or behind the span that was asked for. */
  readonly outside: number
  readonly requests: number
  /** By what `--errors` says of all traffic. */
  readonly errors: number
  readonly clientErrors: number
  readonly serverErrors: number
  /** Of bots that say what they are. */
  readonly bots: number
  /** Infinite where there was no line. */
  readonly firstMs: number
  readonly lastMs: number
  /** How many lines say a size, and the sum. */
  readonly bytes: { readonly count: number; readonly sum: number }
  readonly durations: Sketch | undefined
  readonly course: { readonly slotMs: number; readonly slots: ReadonlyArray<CourseSlot>; readonly outside: number }
  readonly visitors: { readonly days: ReadonlyArray<DayOfVisitors>; readonly isExact: boolean }
  readonly statuses: Statuses
  readonly upstream: Statuses
  readonly methods: Listing
  readonly pages: Listing
  readonly staticFiles: Listing
  readonly failing: Listing
  readonly notFound: Listing
  /** Those with the greatest mean duration among those with enough requests. */
  readonly slow: Listing
  readonly clients: Listing
  readonly networks: Listing
  readonly referrers: Listing
  readonly referringSites: Listing
  /** Requests without a referrer, of those whose line could have one. */
  readonly direct: number
  readonly sites: Listing | undefined
  readonly families: Listing<ListedAgent>
  readonly systems: Listing
  /** Agents of bots, by name. */
  readonly botNames: Listing<ListedAgent>
  readonly agents: Listing<ListedAgent>
}
