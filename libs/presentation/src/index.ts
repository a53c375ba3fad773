export * from "./clock.ts"
export * from "./figures.ts"
export * from "./text.ts"
export * from "./words/index.ts"
