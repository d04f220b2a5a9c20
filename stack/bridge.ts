/** `npm run bridge`: the worker of functions/src/worker.ts, on this machine. */
import { parseArgs } from 'node:util'
import { isUsageError } from '../admin/command.ts'
import { connect } from '../admin/connect.ts'

const HELP = `Takes images from Kafka into the raw bucket until Ctrl-C or SIGTERM, as the container of functions/Dockerfile does.

npm run bridge                     with the running local stack (npm start)
npm run bridge -- --project P      with a real project: by your application default credentials, with the settings in functions/.env and
                                   functions/.env.P; KAFKA_PASSWORD comes from the environment
npm run bridge -- --help           this

GET http://127.0.0.1:8080/health (KAFKA_HEALTH_PORT) says how it is. It shares the topic's partitions with whatever else runs the bridge.
`

function begin(): boolean {
  try {
    const { values } = parseArgs({
      options: { project: { type: 'string' }, help: { type: 'boolean', default: false } },
    })
    if (values.help) process.stdout.write(HELP)
    else connect(values.project)
    return !values.help
  } catch (error) {
    if (!isUsageError(error)) throw error
    process.stderr.write(`${(error as Error).message}\nnpm run bridge -- --help lists the options.\n`)
    process.exitCode = 2
    return false
  }
}

if (begin()) await import('../functions/src/worker.ts')
