import type { ClockFault } from "@chaussettes/domain"

/** A source whose clock is off, and what is added to its times by now. */
export interface SourceOffClock {
  readonly name: string
  readonly offsetMs: number
  readonly clock: ClockFault
}

/** What has to be added to its times. */
export const rightOffsetMs = ({ offsetMs, clock }: SourceOffClock): number => offsetMs - clock.ahead_ms
