export * from "./chaussettes.ts"
export * from "./program.ts"
export * from "./until.ts"
