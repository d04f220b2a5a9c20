/** An answer of open-link.ts over HTTP. Whole or visibly not. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { LinkAnswer, LinkOpening } from './open-link.ts'

/** Resolves once all is sent, or nobody waits for it any more. `seconds`: after which an answer that is not whole is broken off. */
export async function sendLink(
  request: Pick<IncomingMessage, 'method' | 'url'>,
  response: ServerResponse,
  seconds: number,
  answer: (opening: LinkOpening) => Promise<LinkAnswer>,
): Promise<void> {
  const left = new AbortController()
  response.once('close', () => left.abort())
  const signal = AbortSignal.any([left.signal, AbortSignal.timeout(seconds * 1000)])
  const { method = '', url = '' } = request
  const { status, headers, body } = await answer({ method, url, signal })
  response.writeHead(status, headers)
  if (body === null || typeof body === 'string') {
    response.end(body ?? '')
    return
  }
  // What fails is in the log already. The connection is then cut, so that whoever reads sees it; and where that is gone, the body is ended.
  await pipeline(body, response).catch(() => {})
}
