export { thresholdsCommand } from "./command.ts"
