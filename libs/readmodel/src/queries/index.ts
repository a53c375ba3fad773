export * from "./explanation.ts"
export * from "./find.ts"
export * from "./incidents.ts"
export * from "./status.ts"
