export * from "./status/headline.ts"
export * from "./status/incident-order.ts"
export * from "./status/off-clock.ts"
export * from "./status/status.ts"
