export * from "./act.ts"
export * from "./acts.ts"
export * from "./what-if.ts"
