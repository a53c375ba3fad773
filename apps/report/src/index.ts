export { reportCommand } from "./command.ts"
