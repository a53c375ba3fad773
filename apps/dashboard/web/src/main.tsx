import { render } from "preact"
import { App } from "./app.tsx"
import { connect } from "./live.ts"
import "./styles/page.css"

connect()
render(<App />, document.getElementById("app")!)
