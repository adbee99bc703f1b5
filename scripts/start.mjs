// npm start: installs and builds what is missing, then runs the demo.
import { build } from './build.mjs'
import { run } from './install.mjs'

await build()
run(process.execPath, ['--import', 'tsx', 'examples/demo.ts', ...process.argv.slice(2)])
