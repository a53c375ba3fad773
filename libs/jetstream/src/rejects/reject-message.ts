import type { Reject } from "@chaussettes/domain"

/** The identity of a reject in the server's duplicate window: the place of its line in LOGS. */
export const rejectId = (reject: Reject): string => `${reject.seq}.${reject.line}`

export const rejectSubject = (reject: Reject): string => `rejects.${reject.reason}`
