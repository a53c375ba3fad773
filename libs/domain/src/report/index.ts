// `export *` throughout: a name alone would make each command load all of the domain (apps/cli/test/bundle.test.ts).
export * from "./contents.ts"
export * from "./course.ts"
export * from "./line-tally.ts"
