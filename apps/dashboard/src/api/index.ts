/*
 * The API of the page, which scripts may use too: what is asked and what is answered. docs/api.md describes it;
 * within /api/v1 fields are added and never changed. Times are milliseconds since the epoch where a name ends in Ms.
 */

export * from "./acts.ts"
export * from "./alerts.ts"
export * from "./explore.ts"
export * from "./fields.ts"
export * from "./incidents.ts"
export * from "./rejects.ts"
export * from "./series.ts"
export * from "./status.ts"
export * from "./what-if.ts"
