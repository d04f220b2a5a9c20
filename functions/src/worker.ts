/**
 * The bridge as a process that runs for good: `npm run bridge`, and what the Dockerfile starts. Ends within ten seconds of SIGTERM: what is
 * durable is committed, what is not comes again to whoever takes over.
 */
import { createServer } from 'node:http'
import { Worker } from './bridge/run.ts'
import { bridgeRun, healthPort } from './platform/compose-bridge.ts'
import { cloudLog } from './platform/cloud-log.ts'

/** Whatever still hangs then would hang for ever. Milliseconds. */
const END_WITHIN = 9500

function main(): void {
  const run = bridgeRun()
  const worker = new Worker(run)
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return
      cloudLog.info('bridge stops', { signal })
      stop.abort()
      setTimeout(() => process.exit(1), END_WITHIN).unref()
    })
  }
  const health = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/health') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('GET /health is all there is\n')
      return
    }
    const state = worker.health
    response.writeHead(state.ok ? 200 : 503, { 'content-type': 'application/json' }).end(`${JSON.stringify(state)}\n`)
  })
  health.on('error', (error) => {
    cloudLog.error('the port for GET /health cannot be had: set KAFKA_HEALTH_PORT to another, or to 0 for none', {
      error,
    })
    process.exit(1)
  })
  if (healthPort() !== 0) health.listen(healthPort())
  cloudLog.info('bridge starts', { topic: run.deps.settings.topic, group: run.deps.settings.group, member: run.member })
  void worker.work(stop.signal).then(() => {
    cloudLog.info('bridge has stopped', { ...worker.health.counts })
    process.exit(0)
  })
}

try {
  main()
} catch (error) {
  // A wrong setting: its message lists them all, and a stack would hide it.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
