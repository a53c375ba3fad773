export * from "./explanation.ts"
export * from "./find.ts"
export * from "./status.ts"
export * from "./tails.ts"
