import { imageIdOf } from '../../../../functions/src/contract/names.ts'
import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import { factsOf, logQueryOf } from './facts.ts'
import { customerProblem, daysOf, failureFilterOf, letterFilterOf, operationOf } from './filters.ts'
import { addLetters, addReplays, inRounds, type LettersReplayed } from './rounds.ts'
import { endText, lettersEndText, lettersPlanText, planText, shownText, UNREAD } from './texts.ts'
import { visible } from './visible.ts'

const DAYS = { from: '2026-11-01', to: '2026-11-30' }
const address = (text: string) => new URLSearchParams(text)

describe('the address', () => {
  it('chooses failures by customer, reason and source, and ignores what is none', () => {
    expect(failureFilterOf(address('customer=acme&reason=corrupt&source=web'), DAYS)).toEqual({
      customerId: 'acme',
      reason: 'corrupt',
      source: 'web',
      ...DAYS,
    })
    expect(failureFilterOf(address('customer=../x&reason=processed&source=ftp'), DAYS)).toEqual(DAYS)
  })

  it('chooses letters by whatever a sender has called a customer', () => {
    expect(letterFilterOf(address('customer=%2e%2e/x&reason=id-conflict'), DAYS)).toEqual({
      customer: '../x',
      reason: 'id-conflict',
      ...DAYS,
    })
    expect(letterFilterOf(address('customer=&reason=corrupt'), DAYS)).toEqual(DAYS)
  })

  it('is about the last 30 days where it says none', () => {
    expect(daysOf(address(''), '2026-11-30')).toEqual({ preset: '30', ...DAYS })
    expect(daysOf(address('days=today'), '2026-11-30').from).toBe('2026-11-30')
    expect(daysOf(address('from=2026-11-02&to=2026-11-03'), '2026-11-30')).toMatchObject({ to: '2026-11-03' })
  })

  it('names what was under way, if it is an operation', () => {
    const operation = '2026-11-23T12:00:00.000Z~0123456789abcdef'
    expect(operationOf(address(new URLSearchParams({ operation }).toString()))).toBe(operation)
    expect(operationOf(address('operation=../admins/x'))).toBeNull()
    expect(operationOf(address(''))).toBeNull()
  })

  it('takes no customer that there can’t be', () => {
    expect([customerProblem(''), customerProblem('acme_1')]).toEqual([null, null])
    expect(customerProblem('<b>')).toContain('letters, digits')
  })
})

describe('rounds', () => {
  const none = { matching: 0, replayable: 0, rawExpired: 0, busy: 0, deleted: 0 }
  const answers = [
    { ...none, matching: 50, replayable: 40, rawExpired: 10, more: 'a' },
    { ...none, matching: 50, replayable: 50, more: 'b' },
    { ...none, matching: 3, busy: 3, more: null },
  ]
  const work = () => {
    const asked: (readonly [boolean, string, string | null | undefined])[] = []
    return {
      asked,
      ask: async (start: boolean, operation: string, last: (typeof answers)[number] | null) => {
        asked.push([start, operation, last?.more])
        return answers[asked.length - 1] as (typeof answers)[number]
      },
      more: ({ more }: { readonly more: string | null }) => more !== null,
      add: addReplays as never,
    }
  }

  it('go on where the last left off, each under a name of its own, and add up', async () => {
    const replay = work()
    const names = ['x', 'y', 'z']
    const told: unknown[] = []
    const { sum, rest } = await inRounds(replay, {
      start: true,
      newOperation: () => names.shift() ?? '',
      onCall: (operation, before) => told.push([operation, (before as { matching?: number } | null)?.matching]),
      stopped: () => false,
    })
    expect(replay.asked).toEqual([
      [true, 'x', undefined],
      [true, 'y', 'a'],
      [true, 'z', 'b'],
    ])
    expect(told).toEqual([
      ['x', undefined],
      ['y', 50],
      ['z', 100],
    ])
    expect(sum).toEqual({ matching: 103, replayable: 90, rawExpired: 10, busy: 3, deleted: 0, more: null })
    expect(rest).toBe(false)
  })

  it('end after the one that is under way when they are stopped, and say that there is a rest', async () => {
    const replay = work()
    const options = { start: true, newOperation: () => 'x', onCall: () => {} }
    expect(await inRounds(replay, { ...options, stopped: () => true })).toMatchObject({ rest: true })
    expect(replay.asked).toHaveLength(1)
  })

  it('of letters count those that an earlier one has sent as sent, not as sent before', () => {
    const first = { ...letters, matching: 5, replayable: 4, already: 1, complete: false }
    const second = { ...letters, matching: 9, replayable: 3, already: 5, tooLarge: 1, complete: true }
    expect(addLetters(first, second)).toEqual({ ...second, replayable: 7, already: 1 })
  })
})

const letters: LettersReplayed = {
  action: 'replay',
  matching: 0,
  replayable: 0,
  already: 0,
  leftOut: 0,
  idConflict: 0,
  notOurs: 0,
  otherTopic: 0,
  tooLarge: 0,
  complete: true,
}

describe('what is said of a replay', () => {
  const counts = { matching: 132, replayable: 120, rawExpired: 10, busy: 2, deleted: 0 }

  it('says before it what would become of each', () => {
    expect(planText(counts)).toBe(
      '132 failed images match: 120 can be tried again, 2 are being tried already, 10 can’t: their originals have expired.',
    )
    expect(planText({ matching: 1, replayable: 0, rawExpired: 1, busy: 0, deleted: 0 })).toBe(
      '1 failed image matches: 0 can be tried again, 1 can’t: its original has expired.',
    )
    expect(planText({ matching: 0, replayable: 0, rawExpired: 0, busy: 0, deleted: 0 })).toBe(
      'No failed image matches any more.',
    )
  })

  it('says after it what has become of each, and where it was stopped', () => {
    expect(endText(counts, false)).toBe(
      '120 images are being tried again, 2 were being tried already, 10 can’t be: their originals have expired.',
    )
    expect(endText({ matching: 50, replayable: 1, rawExpired: 0, busy: 0, deleted: 0 }, true)).toBe(
      'Stopped after 50 images. 1 image is being tried again.',
    )
  })

  it('says above a list how many it shows, and whether there are more', () => {
    expect(shownText('failed image', 0, '')).toBe('No failed image matches.')
    expect(shownText('failed image', 1, '')).toBe('1 failed image matches.')
    expect(shownText('dead letter', 50, ', and there are 7 more')).toBe(
      'The newest 50 dead letters, and there are 7 more.',
    )
  })

  it('says of letters which are left out, and why', () => {
    expect(lettersPlanText({ ...letters, matching: 4, replayable: 1, already: 2, idConflict: 1 })).toBe(
      '4 dead letters match: 1 can be sent again. Left out: 2 replayed before; 1 with the id of an earlier record, so that the sender has to send them under another.',
    )
    expect(lettersPlanText({ ...letters, matching: 1, replayable: 1, complete: false })).toBe(
      `1 dead letter matches: 1 can be sent again. ${UNREAD}`,
    )
    expect(lettersEndText({ ...letters, matching: 2, replayable: 1, tooLarge: 1 }, false)).toBe(
      '1 record was sent to its topic again. Left out: 1 larger than the topic takes (its max.message.bytes).',
    )
  })
})

describe('text from outside', () => {
  it('shows what would not be seen, turn the line or move the cursor', () => {
    expect(visible('a\u202egpj.exe\u0000\r\n\u200b\u2028\u{e0041}\ud800')).toBe(
      'a\\u{202e}gpj.exe\\u{0}\\u{d}\\u{a}\\u{200b}\\u{2028}\\u{e0041}\\u{d800}',
    )
    expect(visible('Käse <b>&amp; "מזון" 💥.jpg')).toBe('Käse <b>&amp; "מזון" 💥.jpg')
  })

  it('of a failed image is all that is known without a byte of it', async () => {
    const raw = 'kafka/acme/up/image'
    const at = new Date('2026-11-23T12:00:00Z')
    const record = {
      customerId: 'acme',
      imageId: await imageIdOf(raw),
      source: 'kafka',
      fileName: 'a.png',
      date: '2026-11-23',
      error: { code: 'processor-failed', message: 'It failed.', processor: 'fit' },
      attempt: 3,
      lost: 1,
      job: null,
      profileVersion: 'p1',
      receivedAt: at,
      processedAt: at,
      raw: { name: raw, generation: '17', bytes: 2048, contentType: 'image/png', crc32c: 'AAAAAA==', createdAt: at },
      input: { format: 'jpeg', width: 4, height: 3, pages: 1, alpha: false, bytes: 2048, sha256: 'ab' },
      event: { topic: 't', partition: 1, offset: 7, id: 'e', source: 's', subject: null, time: null, answer: true },
      durations: { admit: 2, fit: 1500 },
      counted: null,
    } as unknown as ImageRecord<Date>
    const facts = Object.fromEntries(
      factsOf(record, 'UTC', 'en').flatMap((group) => group.facts.map(([label, value]) => [label, value])),
    )
    expect(facts).toMatchObject({
      Reason: 'processor-failed',
      Processor: 'fit',
      Attempts: '3',
      'Of which its process died': '1',
      Object: raw,
      Size: '2 KiB (2,048 bytes)',
      'Format, by its bytes': 'a JPEG image, which is not what was declared',
      'Width × height': '4 × 3 pixels',
      fit: '1.5 sec',
      Offset: '7',
      ce_id: 'e',
      Trace: record.imageId.slice(0, 32),
    })
    expect(Object.keys(facts)).not.toContain('ce_subject')
    expect(logQueryOf(record.imageId)).toBe(`trace:"${record.imageId.slice(0, 32)}"`)
    const unseen = { ...record, input: null, event: null, durations: {} }
    expect(factsOf(unseen, 'UTC', 'en').map(({ title }) => title)).toEqual([
      'The failure',
      'The image',
      'What was sent',
      'In the log',
    ])
    const asDeclared = { ...record, raw: { ...record.raw, contentType: 'image/jpg' } }
    expect(JSON.stringify(factsOf(asDeclared, 'UTC', 'en'))).toContain('"a JPEG image"')
  })
})
