export * from "./chaussettes.ts"
export * from "./container.ts"
export * from "./program.ts"
export * from "./until.ts"
