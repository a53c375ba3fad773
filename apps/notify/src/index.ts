export { notifyCommand } from "./command.ts"
