export * from "./act.ts"
export * from "./acts.ts"
