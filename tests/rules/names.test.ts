import { createMockUserToken } from '@firebase/util'
import { CUSTOMER_ID, parseRawName } from '../../functions/src/contract/names.ts'
import { RAW_BUCKET } from './environment.ts'

/** Sends a name as it is: the SDK would tidy it up first. */
async function upload(name: string, uid: string): Promise<number> {
  const host = process.env['FIREBASE_STORAGE_EMULATOR_HOST'] ?? ''
  const token = createMockUserToken({ sub: uid, user_id: uid, email_verified: true }, 'demo-darkroom')
  const metadata = JSON.stringify({ name, contentType: 'image/jpeg' })
  const part = (type: string, body: string) => `--edge\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`
  const answer = await fetch(`http://${host}/v0/b/${RAW_BUCKET}/o?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: {
      Authorization: `Firebase ${token}`,
      'X-Goog-Upload-Protocol': 'multipart',
      'Content-Type': 'multipart/related; boundary=edge',
    },
    body: `${part('application/json; charset=utf-8', metadata)}${part('image/jpeg', 'x')}--edge--`,
  })
  await answer.arrayBuffer()
  return answer.status
}

const id = crypto.randomUUID()
const good = `web/ada/${id}/`

describe('a name is taken exactly where the pipeline can read it:', () => {
  it.each([
    `${good}a.jpg`,
    `${good}Ferien (3).jpg`,
    `${good}a..jpg`,
    `${good}.`,
    `${good}...jpg`,
    `${good}100%.jpg`,
    `${good}my%20cat.jpg`,
    `${good}%25.jpg`,
    `${good}%zz%.jpg`,
    `${good}a?b#c&d=e+f.jpg`,
    `${good}写真 🌉.jpg`,
    `${good}e\u0301.jpg`,
    `${good}\u202egpj.exe`,
    `${good}\u0080.jpg`,
    `${good}\\..\\b.jpg`,
    `${good}__name__`,
    `${good}${'n'.repeat(255)}`,
    `${good}${'界'.repeat(255)}`,
    `${good}${'🌉'.repeat(127)}n`,
    `web/ada/${'u'.repeat(263)}-${id}/a.jpg`,
    `web/ada/_${id}.~/a.jpg`,
    `web/ada/_${id}.-_/a.jpg`,
    // refused
    good,
    `${good}${'n'.repeat(256)}`,
    `${good}${'界'.repeat(256)}`,
    `${good}${'🌉'.repeat(128)}`,
    `${good}a/b.jpg`,
    `${good}a.jpg/`,
    `${good}/a.jpg`,
    `${good}a\u0000.jpg`,
    `${good}a\n.jpg`,
    `${good}\r\n`,
    `${good}\t`,
    `${good}\u007f`,
    `/${good}a.jpg`,
    `WEB/ada/${id}/a.jpg`,
    `web /ada/${id}/a.jpg`,
    `kafka/ada/${id}/image`,
    `ada/${id}/1/a.jpg`,
    `web/ada/a.jpg`,
    `web/a.jpg`,
    `a.jpg`,
    `web/ada//a.jpg`,
    `web//${id}/a.jpg`,
    `web/ada/../a.jpg`,
    `web/ada/./a.jpg`,
    `web/ada/.${id}/a.jpg`,
    `web/ada/-${id}/a.jpg`,
    `web/ada/ü${id}/a.jpg`,
    `web/ada/${id} /a.jpg`,
    `web/ada/${'u'.repeat(264)}-${id}/a.jpg`,
    `web/ada\n/${id}/a.jpg`,
    `web/Ada/${id}/a.jpg`,
    `web/ada /${id}/a.jpg`,
    `web/*/${id}/a.jpg`,
    `web/../ada/${id}/a.jpg`,
    `web/bob/../ada/${id}/a.jpg`,
    `web/{customerId}/${id}/a.jpg`,
  ])('%j', async (name) => {
    const parsed = parseRawName(name)
    const readable = !('problem' in parsed) && parsed.source === 'web' && parsed.customerId === 'ada'
    expect(await upload(name, 'ada')).toBe(readable ? 200 : 403)
  })
})

describe('a user whose id is no customer id uploads nothing:', () => {
  it.each(['a'.repeat(128), 'a_b-c', '0', 'web1', 'Kafka'])('%j is one', async (uid) => {
    expect(uid).toMatch(CUSTOMER_ID)
    expect(await upload(`web/${uid}/${id}/a.jpg`, uid)).toBe(200)
  })
  it.each(['a'.repeat(129), '-a', '_a', '__a__', 'a.b', 'a@b.example', 'ä', 'a b', '..', 'web', 'kafka'])(
    '%j is none',
    async (uid) => {
      expect(uid).not.toMatch(CUSTOMER_ID)
      expect(await upload(`web/${uid}/${id}/a.jpg`, uid)).toBe(403)
    },
  )
})
